package import Primitives
package import Secp256k1

/// What the machines of a job ask of FROST (threshold-signing.md §6), and nothing else.
///
/// A port, so that simulations may put an ideal functionality in its place: their windows then cost no curve. The only
/// implementation that signs for a key is ``CurveArithmetic``; a job has no other unless it is handed one.
package protocol FrostArithmetic: SchnorrVerification {
    /// Draws a nonce for one use of a share: with this key, for this message, under the name `extra` (§6.3).
    func drawNonce(
        share: borrowing SecretShare, key: XOnlyPublicKey, message: Hash32, extra: Bytes,
        random: inout some SecureRandom
    ) -> any OneUseNonce
    /// Decodes a nonce that a seat offers; nil if the bytes are none, which blames the seat.
    func decode(_ encoded: EncodedNonce) -> OfferedNonce?
    /// Whether bytes are a sum of nonces; if not, that blames the coordinator (§6.4).
    func isAggregate(_ encoded: EncodedNonce) -> Bool
    /// Sums the nonces of the set, one a position, and opens the session that they make.
    func session(_ terms: SigningTerms, nonces: [OfferedNonce]) -> any FrostSession
}

/// What one signature is about: who makes it, under which key, of what.
package struct SigningTerms: Sendable {
    package let set: SignerSet
    /// How many seats can sign for the key.
    package let threshold: Int
    /// The key of the signature, with how it derives from the wallet's.
    package let tweaks: TweakContext
    package let message: Hash32
}

/// A secret nonce of one seat, whoever holds it: it answers once and is gone (threshold-signing.md §12 N5).
package protocol OneUseNonce: AnyObject, Sendable {
    /// What the coordinator is given.
    var offered: EncodedNonce { get }
    /// Makes the share of the seat for a sum that is one (§6.5), checked before it leaves; nil the second time.
    ///
    /// The nonce is wiped whatever happens.
    ///
    /// - Throws: ``PartialSigningFailure`` where the set does not hold the seat's share under its id, or the share made
    ///   fails its check.
    func sign(
        _ terms: SigningTerms, aggregate: EncodedNonce, share: borrowing SecretShare
    ) throws(PartialSigningFailure) -> PartialSignature?
}

/// A nonce that decoded: its bytes, with what the arithmetic that decoded them read there.
package struct OfferedNonce: Sendable, Hashable {
    package let encoded: EncodedNonce
    package let content: any Sendable

    /// Joins bytes and what they say; of two nonces with the same bytes the arithmetic reads the same.
    package init(encoded: EncodedNonce, content: any Sendable = ()) {
        self.encoded = encoded
        self.content = content
    }

    package static func == (left: OfferedNonce, right: OfferedNonce) -> Bool { left.encoded == right.encoded }

    package func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}

/// One signature by one set, as its coordinator sees it.
package protocol FrostSession: Sendable {
    /// The sum of the nonces, which the signers are told.
    var aggregate: EncodedNonce { get }
    /// Whether the share of a position fits its nonce and public share (§6.6).
    func holds(_ share: PartialSignature, position: Int) -> Bool
    /// Adds the shares of all positions up. The signature verifies if every share holds.
    ///
    /// - Throws: ``AggregationFailure`` where there is not one share for each position, and for the first that is no
    ///   scalar.
    func signature(of shares: [PartialSignature]) throws(AggregationFailure) -> SchnorrSignature
}
