package import Primitives
package import Secp256k1

/// The operations of FROST that the machines of a job use (threshold-signing.md §6).
///
/// A port, so that simulations may use an ideal functionality: their windows then cost no curve operations.
/// ``CurveArithmetic`` is the only implementation that signs for a key. A job uses it unless it is given another.
package protocol FrostArithmetic: SchnorrVerification {
    /// Draws a nonce for one use of a share: with this key, for this message, under the name `extra` (§6.3).
    func drawNonce(
        share: borrowing SecretShare, key: XOnlyPublicKey, message: Hash32, extra: Bytes,
        random: inout some SecureRandom
    ) -> any OneUseNonce
    /// Decodes a nonce that a seat offers; nil if the bytes are not a nonce, which blames the seat.
    func decode(_ encoded: EncodedNonce) -> OfferedNonce?
    /// Whether bytes are a sum of nonces; if they are not, that blames the coordinator (§6.4).
    func isAggregate(_ encoded: EncodedNonce) -> Bool
    /// Sums the nonces of the set, one for each position, and opens the session of the sum.
    func session(_ terms: SigningTerms, nonces: [OfferedNonce]) -> any FrostSession
}

/// The terms of one signature: the signers, the key and the message.
package struct SigningTerms: Sendable {
    package let set: SignerSet
    /// The number of seats that can sign for the key.
    package let threshold: Int
    /// The key of the signature, with its derivation from the wallet's key.
    package let tweaks: TweakContext
    package let message: Hash32
}

/// A secret nonce of one seat. It answers once and is then gone (threshold-signing.md §12 N5).
package protocol OneUseNonce: AnyObject, Sendable {
    /// The public part that the coordinator gets.
    var offered: EncodedNonce { get }
    /// Makes the seat's share for a valid sum (§6.5), checked before it leaves; nil the second time.
    ///
    /// The nonce is wiped in every case.
    ///
    /// - Throws: ``PartialSigningFailure`` where the set does not hold the seat's share under its id, or the new share
    ///   fails its check.
    func sign(
        _ terms: SigningTerms, aggregate: EncodedNonce, share: borrowing SecretShare
    ) throws(PartialSigningFailure) -> PartialSignature?
}

/// A decoded nonce: its bytes, with the content that the arithmetic decoded.
package struct OfferedNonce: Sendable, Hashable {
    package let encoded: EncodedNonce
    package let content: any Sendable

    /// Joins bytes and their content. Equal bytes have equal content for the arithmetic.
    package init(encoded: EncodedNonce, content: any Sendable = ()) {
        self.encoded = encoded
        self.content = content
    }

    package static func == (left: OfferedNonce, right: OfferedNonce) -> Bool { left.encoded == right.encoded }

    package func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}

/// One signature by one set, as its coordinator sees it.
package protocol FrostSession: Sendable {
    /// The sum of the nonces, which is sent to the signers.
    var aggregate: EncodedNonce { get }
    /// Whether the share of a position fits its nonce and public share (§6.6).
    func holds(_ share: PartialSignature, position: Int) -> Bool
    /// Adds the shares of all positions. The signature verifies if every share holds.
    ///
    /// - Throws: ``AggregationFailure`` where the number of shares is not that of the positions, and for the first that
    ///   is not a scalar.
    func signature(of shares: [PartialSignature]) throws(AggregationFailure) -> SchnorrSignature
}
