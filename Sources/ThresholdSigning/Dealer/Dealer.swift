package import Coordination
package import Primitives
import Secp256k1

/// Shares of a key that one party briefly knew as a whole. Use them for a development network and for tests, never for
/// money.
///
/// The key commits to "no scripts", as keys that the operators generate do (threshold-signing.md §8, §9.3).
package struct DealtGroup: ~Copyable, Sendable {
    /// The key with every public share.
    package let key: ThresholdKey
    // 32 bytes a seat; seat 1 first.
    private let scalars: SecretBytes

    /// Deals a fresh key; any `threshold` of the `seats` seats can sign.
    ///
    /// - Throws: ``ThresholdKeyFailure/threshold(_:seats:)`` for a threshold outside 1 to `seats`, and for too many
    ///   seats.
    package init(threshold: Int, seats: Int, random: inout some SecureRandom) throws(ThresholdKeyFailure) {
        guard threshold >= 1, threshold <= seats, seats <= SigningGroup.maximumSeats else {
            throw .threshold(threshold, seats: seats)
        }
        var polynomial = (0..<threshold).map { _ in Self.draw(&random) }
        defer { polynomial.withUnsafeMutableBytes { wipe($0) } }
        let untweaked = Self.point(of: polynomial[0])
        // Added to the constant term, the tweak is added to every share and so to the key: the weights sum to 1.
        polynomial[0] = polynomial[0] + Tag.tapTweak.scalar(untweaked.xOnly.bytes)

        var publicShares: [CurvePoint] = []
        let scalars = SecretBytes(count: 32 * seats) { buffer in
            for index in 0..<seats {
                let x = Scalar(UInt64(index + 1))
                var share = polynomial.reversed().reduce(Scalar.zero) { $0 * x + $1 }
                defer { withUnsafeMutableBytes(of: &share) { wipe($0) } }
                publicShares.append(Self.point(of: share))
                share.withSecretBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: buffer[(32 * index)...])
                        .copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: 32))
                }
            }
        }
        key = try ThresholdKey(
            groupKey: Self.point(of: polynomial[0]), publicShares: publicShares, threshold: threshold)
        self.scalars = scalars
    }

    /// Makes an owner for the share of a seat.
    ///
    /// - Throws: ``SecretShareFailure/seat(_:)`` for a seat that does not exist.
    package borrowing func share(of seat: SeatNumber) throws(SecretShareFailure) -> SecretShare {
        guard key.publicShare(of: seat) != nil else { throw .seat(seat) }
        let offset = 32 * (Int(seat.rawValue) - 1)
        let scalar = SecretBytes(count: 32) { buffer in
            scalars.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + 32]))
            }
        }
        return try SecretShare(scalar, seat: seat, of: key)
    }

    private static func draw(_ random: inout some SecureRandom) -> Scalar {
        while true {
            // A draw outside 1 to n - 1 has probability 2^-128.
            if let scalar = Scalar(secret: SecretBytes(count: 32, random: &random)) { return scalar }
        }
    }

    private static func point(of secret: Scalar) -> CurvePoint {
        guard case .affine(let point) = Point.generatorMultiplied(by: secret) else {
            preconditionFailure("a polynomial of random coefficients is 0 at a seat once in 2^256")
        }
        return point
    }
}
