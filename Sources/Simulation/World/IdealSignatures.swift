import Coordination
import Node
import Primitives
import Secp256k1

/// Envelope signatures by an ideal functionality: only whoever asks for an operator's signature gets it, and none can be
/// made for another message. No curve is touched, so that millions of windows can be played.
///
/// The form is that of a real signature: r is the operator's address, s the digest without its first byte, v 27.
struct IdealSignatures: OperatorSignatures {
    let me: EthereumAddress

    func sign(_ digest: Hash32) -> RecoverableSignature {
        var bytes = Bytes(repeating: 0, count: RecoverableSignature.byteCount)
        bytes.replaceSubrange(12..<32, with: me.bytes)
        bytes.replaceSubrange(33..<64, with: digest.bytes[1...])
        bytes[64] = 27
        guard let signature = try? RecoverableSignature(bytes: bytes) else {
            preconditionFailure("an address and a digest are in the range of r and s")
        }
        return signature
    }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? {
        let digest = Envelope.signingHash(
            domain: domain, wallet: envelope.wallet, coordinationBlock: envelope.coordinationBlock,
            seat: envelope.seat, kind: envelope.kind, payload: envelope.payload)
        guard envelope.signature.bytes[33..<64].elementsEqual(digest.bytes[1...]) else { return nil }
        return EthereumAddress(Bytes(envelope.signature.bytes[12..<32]))
    }
}

/// The operators' real signatures.
struct RealSignatures: OperatorSignatures {
    let box: OperatorKeyBox

    func sign(_ digest: Hash32) -> RecoverableSignature { box.key.signRecoverable(digest) }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? { envelope.signer(in: domain) }
}
