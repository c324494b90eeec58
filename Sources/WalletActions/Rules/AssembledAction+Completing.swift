package import Bitcoin
import Coordination
package import Primitives
package import Secp256k1

/// The reason that signatures do not complete an action.
package enum CompletionFailure: Error, Hashable, Sendable {
    /// The number of signatures is not that of the inputs.
    case count(Int, inputs: Int)
    /// The wallet signs with another scheme, which this build does not assemble.
    case scheme
    /// The script of an input does not hold; nothing is broadcast.
    case script(SpendFailure)
    /// A heartbeat's signature does not verify.
    case heartbeat
}

extension AssembledAction {
    /// Puts the signatures in, one for each input in order, and checks every input's script in full (wallet-actions.md
    /// §10, step 6). Gives the bytes to keep: the whole transaction's, or the heartbeat's signature.
    ///
    /// - Throws: ``CompletionFailure`` for another scheme, another number of signatures, and a signature that does not
    ///   verify.
    package func completed(
        by signatures: [SchnorrSignature], schnorr: any SchnorrVerification = CurveVerification()
    ) throws(CompletionFailure) -> (transaction: Transaction?, bytes: Bytes) {
        guard wallet.scheme == .taproot else { throw .scheme }
        guard signatures.count == inputs.count else { throw .count(signatures.count, inputs: inputs.count) }
        guard let transaction else {
            guard let key = XOnlyPublicKey(wallet.publicKey.xOnly), let signature = signatures.first,
                let input = inputs.first, schnorr.verifies(signature, message: input.message, key: key)
            else { throw .heartbeat }
            return (nil, signature.bytes)
        }
        let signed = transaction.unlocked(by: signatures.map(Unlocking.taprootKeyPath))
        do throws(SpendFailure) {
            try SpendVerifier.verify(signed, spent: inputs.compactMap(\.spent), schnorr: schnorr)
        } catch {
            throw .script(error)
        }
        return (signed, signed.encoded)
    }
}
