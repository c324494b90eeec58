package import Coordination
package import Primitives
package import Secp256k1

/// The reason that a secret share cannot be used.
package enum SecretShareFailure: Error, Hashable, Sendable {
    /// The key has no such seat.
    case seat(SeatNumber)
    /// The share is not a number of 32 bytes above 0 and below the group order.
    case range
    /// The share does not match the public share of its seat.
    case otherSeat(SeatNumber)
}

/// The secret share of one seat, in memory that is wiped with its owner; checked against its public share when loaded.
///
/// It cannot be copied, printed or encoded; ``withUnsafeBytes(_:)`` lends the scalar to the caller that seals it.
package struct SecretShare: ~Copyable, Sendable {
    /// The seat of the share.
    package let seat: SeatNumber
    /// `ser33(d·G)`, the seat's public share in the key.
    package let publicShare: CurvePoint
    let scalar: SecretBytes

    /// Takes charge of a big-endian scalar, the share of this seat of the key.
    ///
    /// - Throws: ``SecretShareFailure`` where the key has no such seat, the scalar is out of range, or the share is not
    ///   the seat's.
    package init(_ scalar: consuming SecretBytes, seat: SeatNumber, of key: ThresholdKey) throws(SecretShareFailure) {
        guard let expected = key.publicShare(of: seat) else { throw .seat(seat) }
        guard scalar.count == 32, let secret = Scalar(secret: scalar),
            case .affine(let actual) = Point.generatorMultiplied(by: secret)
        else { throw .range }
        guard actual == expected else { throw .otherSeat(seat) }
        self.seat = seat
        self.publicShare = expected
        self.scalar = scalar
    }

    /// Lends the 32 bytes of the scalar, most significant first, for the duration of the closure.
    ///
    /// - Throws: The failure of `body`.
    package borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try scalar.withUnsafeBytes(body)
    }
}
