package import Primitives

/// Every tag of a tagged hash, in one place: `H(H(tag) ‖ H(tag) ‖ m)` (BIP-0340, threshold-signing.md §5).
package enum Tag: String, CaseIterable, Sendable {
    case bip340Aux = "BIP0340/aux"
    case bip340Nonce = "BIP0340/nonce"
    case bip340Challenge = "BIP0340/challenge"
    case bip445Aux = "BIP0445/aux"
    case bip445Nonce = "BIP0445/nonce"
    case bip445NonceCoefficient = "BIP0445/noncecoef"
    case bip445DeterministicNonce = "BIP0445/deterministic/nonce"
    case tapTweak = "TapTweak"
    case tapLeaf = "TapLeaf"
    case tapBranch = "TapBranch"
    case tapSighash = "TapSighash"
    case signJob = "coord/sign/job"
    case signSession = "coord/sign/session"
    case frostRequest = "coord/frost/request"

    private static let midstates: [Tag: SHA256Hasher] = Dictionary(
        uniqueKeysWithValues: allCases.map { tag in
            let name = sha256(tag.rawValue.utf8).bytes
            var hasher = SHA256Hasher()
            hasher.update(name + name)
            return (tag, hasher)
        })

    /// The hash state after the two 32-byte tag hashes, from which a tagged hash continues.
    package var hasher: SHA256Hasher {
        guard let hasher = Self.midstates[self] else { preconditionFailure("the table holds every tag") }
        return hasher
    }

    /// The tagged hash of a message.
    package func hash(_ message: Bytes) -> Hash32 {
        var hasher = hasher
        hasher.update(message)
        return hasher.finalize()
    }

    /// The tagged hash as a scalar, reduced once (`stag`).
    package func scalar(_ message: Bytes) -> Scalar { Scalar(wrapping: hash(message)) }
}
