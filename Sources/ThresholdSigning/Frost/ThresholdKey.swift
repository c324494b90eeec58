package import Coordination
package import Secp256k1

/// The reason that points do not form a key with its public shares.
package enum ThresholdKeyFailure: Error, Hashable, Sendable {
    /// The threshold is not between 1 and the number of seats, or there are more seats than a wallet can have.
    case threshold(Int, seats: Int)
    /// The public share of this seat, or of one before it, does not lie on one polynomial with the others and the key.
    case publicShare(SeatNumber)
}

/// A group key with the public share of every seat, known to lie on one polynomial of degree below the threshold.
///
/// Every `t` of the shares then interpolate to the key, so sets drawn from them need no check (threshold-signing.md
/// §6.1).
package struct ThresholdKey: Hashable, Sendable {
    /// The point to which the shares add up; its y may be odd.
    package let groupKey: CurvePoint
    /// The public share of each seat; seat 1 first.
    package let publicShares: [CurvePoint]
    /// The number of seats that can sign.
    package let threshold: Int

    /// Checks that the first `t` shares interpolate to the key, and that the first `t - 1` with each other one do.
    ///
    /// - Throws: ``ThresholdKeyFailure`` for a threshold outside 1 to the number of shares, too many shares, and the
    ///   first seat with a share that fails the check.
    package init(
        groupKey: CurvePoint, publicShares: [CurvePoint], threshold: Int
    ) throws(ThresholdKeyFailure) {
        let seats = publicShares.count
        guard threshold >= 1, threshold <= seats, seats <= SigningGroup.maximumSeats else {
            throw .threshold(threshold, seats: seats)
        }
        self.groupKey = groupKey
        self.publicShares = publicShares
        self.threshold = threshold
        // t points and the key at 0 determine the polynomial with one value to spare; each further seat is checked
        // against t - 1 of them.
        for last in threshold...seats {
            let numbers = Array(1..<threshold) + [last]
            let set = signerSet(of: numbers.map { SeatNumber(UInt16($0)) })
            guard set.interpolated == .affine(groupKey) else { throw .publicShare(SeatNumber(UInt16(last))) }
        }
    }

    /// The number of seats.
    package var seatCount: Int { publicShares.count }

    /// The x-only key of the wallet; its public key is `02 ‖ x` (§8).
    package var outputKey: XOnlyPublicKey { XOnlyPublicKey(groupKey) }

    /// The public share of a seat; nil if the seat does not exist.
    package func publicShare(of seat: SeatNumber) -> CurvePoint? {
        let index = Int(seat.rawValue) - 1
        return publicShares.indices.contains(index) ? publicShares[index] : nil
    }

    /// The set of these distinct seats of the key, in this order.
    func signerSet(of seats: [SeatNumber]) -> SignerSet {
        SignerSet(
            unchecked: seats.map { UInt32($0.rawValue) - 1 },
            publicShares: seats.map { publicShares[Int($0.rawValue) - 1] })
    }
}
