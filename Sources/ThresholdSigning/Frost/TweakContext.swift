package import Primitives
package import Secp256k1

/// The reason that a tweak cannot be applied (BIP-0445 `ApplyTweak`).
package enum TweakFailure: Error, Hashable, Sendable {
    /// The tweak does not have 32 bytes.
    case length(Int)
    /// The tweak is not below the group order.
    case range
    /// The tweaked key would be infinity.
    case infinity
}

/// A key derived from the group key by tweaks, with the values that signing under it needs (threshold-signing.md §6.2).
package struct TweakContext: Hashable, Sendable {
    /// The way in which a tweak is added.
    package enum Mode: Sendable, Hashable {
        /// It is added to the point as it is: BIP-0032 derivation.
        case plain
        /// It is added to the point with the same x and even y: BIP-0341.
        case xOnly
    }

    /// Q, the key after all tweaks.
    package private(set) var key: CurvePoint
    /// Whether gacc is -1: the group's secret is then negated.
    private(set) var isNegated = false
    /// tacc, the sum that the tweaks add to the secret.
    private(set) var sum = PublicScalar(.zero)

    /// Starts with the group key itself.
    package init(_ groupKey: CurvePoint) { key = groupKey }

    /// Derives the key for an input of a job (§8).
    init(key groupKey: CurvePoint, use: SigningJob.Key) throws(TweakFailure) {
        self.init(groupKey)
        if case .taproot(let merkleRoot) = use { try commit(toMerkleRoot: merkleRoot) }
    }

    /// The x-only key under which signatures verify.
    package var outputKey: XOnlyPublicKey { XOnlyPublicKey(key) }

    /// Adds a tweak of 32 bytes, below the group order.
    ///
    /// - Throws: ``TweakFailure`` for every other tweak, and where the tweaked key would be infinity.
    package mutating func apply(_ tweak: Bytes, mode: Mode) throws(TweakFailure) {
        guard tweak.count == 32 else { throw .length(tweak.count) }
        guard let added = Scalar(strict: tweak) else { throw .range }
        let flips = mode == .xOnly && key.hasOddY
        let base = Point.affine(flips ? key.negated : key)
        guard case .affine(let tweaked) = base + Point.generatorMultiplied(by: added) else { throw .infinity }
        key = tweaked
        isNegated = isNegated != flips
        sum = PublicScalar(added + (flips ? -sum.scalar : sum.scalar))
    }

    /// Commits to a script tree: an x-only tweak by `tag("TapTweak", x ‖ Merkle root)` (BIP-0341).
    ///
    /// - Throws: ``TweakFailure`` where the hash is not below the group order, or the tweaked key would be infinity.
    package mutating func commit(toMerkleRoot root: Hash32) throws(TweakFailure) {
        try apply(Tag.tapTweak.hash(outputKey.bytes + root.bytes).bytes, mode: .xOnly)
    }
}
