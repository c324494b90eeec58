package import Primitives
package import Secp256k1

/// The values of one signature by one set. Every signer and the coordinator compute the same values
/// (threshold-signing.md §6.4).
package struct SigningSession: Hashable, Sendable {
    package let set: SignerSet
    package let tweaks: TweakContext
    /// b, which binds every nonce to set, sum, key and message.
    let coefficient: PublicScalar
    /// R, the nonce of the signature.
    let nonce: CurvePoint
    /// e, the challenge of BIP-0340.
    let challenge: PublicScalar

    /// Computes the values for a message of any length under the tweaked key.
    package init(set: SignerSet, tweaks: TweakContext, aggregate: AggregateNonce, message: Bytes) {
        self.set = set
        self.tweaks = tweaks
        let key = tweaks.outputKey.bytes
        let coefficient = Tag.bip445NonceCoefficient.scalar(
            set.encodedIDs + aggregate.encoded.bytes + key + message)
        // With infinity replaced, a cheater is found by its share. Otherwise the session would fail without a culprit.
        let nonce = (aggregate.first + aggregate.second.multiplied(byPublic: coefficient)).finite ?? .generator
        self.coefficient = PublicScalar(coefficient)
        self.nonce = nonce
        challenge = PublicScalar(Tag.bip340Challenge.scalar(nonce.xOnly.bytes + key + message))
    }

    /// e·g·gacc, the factor of the group's secret: its sign corrects the parities of Q and of the tweak steps.
    var keyFactor: Scalar { tweaks.key.hasOddY != tweaks.isNegated ? -challenge.scalar : challenge.scalar }

    /// Whether the share of a position fits its nonce and public share: `s·G = ±(R0 + b·R1) + e·λ·g·gacc·P` (§6.6).
    ///
    /// It shows which seat broke a session. It proves nothing about authorship outside the signed messages of that
    /// session.
    package func holds(_ share: PartialSignature, position: Int, nonce: PublicNonce) -> Bool {
        guard let share = share.scalar else { return false }
        return holds(share, weight: set.weight(at: position), publicShare: set.publicShares[position], nonce: nonce)
    }

    // The same check with a known λ.
    func holds(_ share: PublicScalar, weight: Scalar, publicShare: CurvePoint, nonce: PublicNonce) -> Bool {
        let bound =
            Point.affine(nonce.first)
            + Point.affine(nonce.second).multiplied(byPublic: coefficient.scalar)
        return Point.linear(share.scalar, -(keyFactor * weight), publicShare) == (self.nonce.hasOddY ? -bound : bound)
    }

    /// Adds the shares of all positions to a signature, `x(R) ‖ Σ s_i + e·g·tacc`. It verifies if every share holds.
    ///
    /// - Throws: ``AggregationFailure`` where the number of shares is not that of the positions, and for the first that
    ///   is not a scalar.
    package func signature(of shares: [PartialSignature]) throws(AggregationFailure) -> SchnorrSignature {
        guard shares.count == set.ids.count else { throw .shareCount(shares.count) }
        var sum = challenge.scalar * (tweaks.key.hasOddY ? -tweaks.sum.scalar : tweaks.sum.scalar)
        for (position, share) in shares.enumerated() {
            guard let share = share.scalar else { throw .share(position: position) }
            sum = sum + share.scalar
        }
        guard let signature = SchnorrSignature(nonce.xOnly.bytes + sum.bytes) else {
            preconditionFailure("two times 32 bytes are 64")
        }
        return signature
    }
}

/// The reason that shares do not add up to a signature.
package enum AggregationFailure: Error, Hashable, Sendable {
    /// The number of shares is not that of the positions of the set.
    case shareCount(Int)
    /// The share at this position is not a scalar.
    case share(position: Int)
}

/// A signer's part of a signature: 32 bytes on the wire that may or may not be a scalar.
package struct PartialSignature: Hashable, Sendable {
    /// The bytes; as a scalar, the most significant first.
    package let bytes: Hash32

    /// Takes 32 bytes from the wire.
    package init(_ bytes: Hash32) { self.bytes = bytes }

    /// Takes a scalar.
    init(_ scalar: PublicScalar) {
        guard let bytes = Hash32(scalar.bytes) else { preconditionFailure("a scalar has 32 bytes") }
        self.bytes = bytes
    }

    /// The scalar; nil if the number is at or above the group order, which blames the signer.
    package var scalar: PublicScalar? { Scalar(strict: bytes.bytes).map(PublicScalar.init) }
}
