import Primitives
import Secp256k1

@testable import ThresholdSigning

/// The deterministic variant of BIP-0445 (threshold-signing.md §6.7), here for its figures only: it is never shipped,
/// since three replays against a repeated nonce give the share away.
enum DeterministicNonce {
    static func make(
        context: FrostVectors.Context, secret: borrowing SecretBytes, id: UInt32, others: Bytes, random: Hash32?,
        message: Bytes
    ) throws -> SecretNonce {
        let seed =
            if let random {
                SecretNonce.mask(secret, with: SecretBytes(count: 32) { $0.copyBytes(from: random.bytes) })
            } else {
                secret.clone()
            }
        var tail = Bytes()
        tail.append(bigEndian: id)
        tail.append(bigEndian: UInt32(context.set.ids.count))
        tail += context.set.encodedIDs + others + context.tweaks.outputKey.bytes
        tail.append(bigEndian: UInt64(message.count))
        tail += message
        let scalars = SecretNonce.pair { index in
            var hasher = Tag.bip445DeterministicNonce.hasher
            seed.withUnsafeBytes { hasher.update($0) }
            hasher.update(tail + [index])
            return Scalar(wrapping: hasher.finalize())
        }
        guard let nonce = SecretNonce(secret: scalars) else { throw FrostVectors.Refusal.input("nonce_range") }
        return nonce
    }
}
