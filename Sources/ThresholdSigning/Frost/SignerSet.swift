package import Primitives
package import Secp256k1

/// The reason that signers do not form a set that can sign for the key (BIP-0445 `ValidateSignersCtx`).
package enum SignerSetFailure: Error, Hashable, Sendable {
    /// The threshold is not between 1 and the number of seats.
    case threshold(Int, seats: Int)
    /// The signers are fewer than the threshold or more than the seats, or do not have one public share each.
    case signerCount(Int)
    /// The id at this position is not below the number of seats.
    case idRange(position: Int)
    /// The public share at this position is not a point.
    case publicShare(position: Int)
    /// An id is repeated.
    case duplicateID(UInt32)
    /// The shares belong to another key.
    case otherKey
}

/// The seats that sign together, with their public shares. A value exists only if its shares interpolate to the group
/// key (threshold-signing.md §6.1). So the check is made once for each set, and holding the value proves it.
package struct SignerSet: Hashable, Sendable {
    /// The seats' numbers less one, in the order of the positions; distinct.
    package let ids: [UInt32]
    /// The public share at each position.
    package let publicShares: [CurvePoint]

    /// Checks signers given as bytes: `ids` from 0, `publicShares` compressed, one each. Costs 22 µs a member.
    ///
    /// - Throws: ``SignerSetFailure`` for the first rule that they break.
    package init(
        ids: [UInt32], publicShares: [Bytes], threshold: Int, seats: Int, groupKey: CurvePoint
    ) throws(SignerSetFailure) {
        guard threshold >= 1, threshold <= seats else { throw .threshold(threshold, seats: seats) }
        guard ids.count >= threshold, ids.count <= seats, publicShares.count == ids.count else {
            throw .signerCount(ids.count)
        }
        var points: [CurvePoint] = []
        for (position, id) in ids.enumerated() {
            guard id < seats else { throw .idRange(position: position) }
            guard let point = CurvePoint(compressed: publicShares[position]) else {
                throw .publicShare(position: position)
            }
            points.append(point)
        }
        var seen: Set<UInt32> = []
        for id in ids where !seen.insert(id).inserted { throw .duplicateID(id) }
        self.init(unchecked: ids, publicShares: points)
        guard interpolated == .affine(groupKey) else { throw .otherKey }
    }

    /// Takes distinct ids with public shares. The caller checks their sum (``ThresholdKey``).
    init(unchecked ids: [UInt32], publicShares: [CurvePoint]) {
        self.ids = ids
        self.publicShares = publicShares
    }

    /// The position of an id; nil if it is not in the set.
    package func position(of id: UInt32) -> Int? { ids.firstIndex(of: id) }

    /// λ of a position: `prod_{j≠i} (id_j + 1) / (id_j - id_i)`.
    func weight(at position: Int) -> Scalar {
        guard let weight = Scalar.lagrange(ids.map { $0 + 1 }, at: ids[position] + 1) else {
            preconditionFailure("ids are distinct, and seat numbers begin with 1")
        }
        return weight
    }

    /// The key to which the shares add up.
    var interpolated: Point {
        Point.sum(ids.indices.map { Point.affine(publicShares[$0]).multiplied(byPublic: weight(at: $0)) })
    }

    /// `be4` of all ids ascending, as the nonce coefficient hashes them. Sorting is a security rule: otherwise the same
    /// set in another order gives another coefficient, and one nonce would answer several equations (§6.4).
    var encodedIDs: Bytes {
        var bytes = Bytes()
        for id in ids.sorted() { bytes.append(bigEndian: id) }
        return bytes
    }
}
