package import Primitives
package import Secp256k1

/// FROST on secp256k1, as in threshold-signing.md §6.
package struct CurveArithmetic: FrostArithmetic {
    /// Makes the arithmetic, which has no state.
    package init() {}

    package func drawNonce(
        share: borrowing SecretShare, key: XOnlyPublicKey, message: Hash32, extra: Bytes,
        random: inout some SecureRandom
    ) -> any OneUseNonce {
        NonceSlot(SecretNonce(share: share, key: key, message: message.bytes, extra: extra, random: &random))
    }

    package func decode(_ encoded: EncodedNonce) -> OfferedNonce? {
        PublicNonce(decoding: encoded).map { OfferedNonce(encoded: encoded, content: $0) }
    }

    package func isAggregate(_ encoded: EncodedNonce) -> Bool { AggregateNonce(decoding: encoded) != nil }

    package func session(_ terms: SigningTerms, nonces: [OfferedNonce]) -> any FrostSession {
        CurveSession(
            terms,
            nonces: nonces.map { nonce in
                guard let points = nonce.content as? PublicNonce else {
                    preconditionFailure("the arithmetic of a job decoded the nonces of its sessions")
                }
                return points
            })
    }

    package func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool {
        CurveVerification().verifies(signature, message: message, key: key)
    }
}

/// The values of a signature with the nonces that its shares must fit.
private struct CurveSession: FrostSession {
    let aggregate: EncodedNonce
    private let session: SigningSession
    private let nonces: [PublicNonce]

    init(_ terms: SigningTerms, nonces: [PublicNonce]) {
        let sum = AggregateNonce(sum: nonces)
        aggregate = sum.encoded
        session = SigningSession(terms, aggregate: sum)
        self.nonces = nonces
    }

    func holds(_ share: PartialSignature, position: Int) -> Bool {
        session.holds(share, position: position, nonce: nonces[position])
    }

    func signature(of shares: [PartialSignature]) throws(AggregationFailure) -> SchnorrSignature {
        try session.signature(of: shares)
    }
}

extension NonceSlot: OneUseNonce {
    func sign(
        _ terms: SigningTerms, aggregate: EncodedNonce, share: borrowing SecretShare
    ) throws(PartialSigningFailure) -> PartialSignature? {
        guard let nonce = take() else { return nil }
        guard let sum = AggregateNonce(decoding: aggregate) else {
            preconditionFailure("a request was checked to decode")
        }
        return try nonce.sign(SigningSession(terms, aggregate: sum), share: share)
    }
}

extension SigningSession {
    fileprivate init(_ terms: SigningTerms, aggregate: AggregateNonce) {
        self.init(set: terms.set, tweaks: terms.tweaks, aggregate: aggregate, message: terms.message.bytes)
    }
}
