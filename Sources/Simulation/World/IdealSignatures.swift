import Coordination
import Node
import Primitives
import Secp256k1

/// Envelope signatures by an ideal functionality: only the caller that asks for an operator's signature gets it, and it
/// fits no other message. It does no curve operations, so that millions of windows can be run.
///
/// The form is that of a real signature: r is the operator's address, s a 64-bit digest of the content, v 27. The
/// digest is not cryptographic: no part of the simulator searches for collisions.
struct IdealSignatures: OperatorSignatures {
    let me: EthereumAddress

    func sign(_ content: Envelope.Content) -> RecoverableSignature {
        var bytes = Bytes(repeating: 0, count: RecoverableSignature.byteCount)
        bytes.withUnsafeMutableBytes { buffer in
            me.store(to: buffer, at: 12)
            buffer.storeBytes(of: Self.digest(content), toByteOffset: 56, as: UInt64.self)
        }
        bytes[64] = 27
        guard let signature = try? RecoverableSignature(bytes: bytes) else {
            preconditionFailure("an address and a digest are in the range of r and s")
        }
        return signature
    }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? {
        envelope.signature.bytes.withUnsafeBytes { buffer in
            guard buffer.loadUnaligned(fromByteOffset: 56, as: UInt64.self) == Self.digest(envelope.content(in: domain))
            else { return nil }
            return EthereumAddress(loading: UnsafeRawBufferPointer(rebasing: buffer[12...]))
        }
    }

    /// The digest of the content; never 0.
    private static func digest(_ content: Envelope.Content) -> UInt64 {
        var mixer = WordMixer(content.domain.hash.bigEndianWords.0)
        mixer.mix(content.wallet.hash.leadingWord)
        mixer.mix(content.coordinationBlock.rawValue)
        mixer.mix(UInt64(content.seat.rawValue) << 8 | UInt64(content.kind.rawValue))
        mixer.mix(content.payload)
        return mixer.word | 1
    }
}

/// The operators' real signatures.
struct RealSignatures: OperatorSignatures {
    let box: OperatorKeyBox

    func sign(_ content: Envelope.Content) -> RecoverableSignature { box.key.signRecoverable(content.signingHash) }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? { envelope.signer(in: domain) }
}
