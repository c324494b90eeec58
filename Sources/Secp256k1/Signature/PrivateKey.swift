import CSecp256k1
package import Primitives

/// A secret key with one owner, for the operator's identity and for tests.
package struct PrivateKey: ~Copyable, Sendable {
    private let secret: SecretBytes
    /// The public key.
    package let publicKey: CurvePoint

    /// Takes 32 big-endian bytes from 1 to n - 1; nil for any other value.
    package init?(secret: consuming SecretBytes) {
        guard let scalar = Scalar(secret: secret),
            case .affine(let point) = Point.generatorMultiplied(by: scalar)
        else { return nil }
        self.secret = secret
        publicKey = point
    }

    private init(secret: consuming SecretBytes, publicKey: CurvePoint) {
        self.secret = secret
        self.publicKey = publicKey
    }

    /// Draws a key.
    package init(random: inout some SecureRandom) {
        while true {
            // A draw outside 1 to n - 1 has probability 2^-128.
            if let key = PrivateKey(secret: SecretBytes(count: 32, random: &random)) {
                self = key
                return
            }
        }
    }

    /// The Ethereum address of the key.
    package var ethereumAddress: EthereumAddress { EthereumAddress(publicKey: publicKey) }

    /// Signs a digest with a recoverable signature; nonce by RFC 6979, low s.
    package func signRecoverable(_ digest: Hash32) -> RecoverableSignature {
        var signature = secp256k1_ecdsa_recoverable_signature()
        var compact = Bytes(repeating: 0, count: 64)
        var recoveryID: Int32 = 0
        let message = digest.bytes
        let signed = withSecret { key in
            CurveContext.secret { context in
                secp256k1_ecdsa_sign_recoverable(context, &signature, message, key, nil, nil) == 1
                    && secp256k1_ecdsa_recoverable_signature_serialize_compact(
                        context, &compact, &recoveryID, &signature) == 1
            }
        }
        precondition(signed, "a key in range signs every digest")
        do {
            return try RecoverableSignature(bytes: compact + [27 + UInt8(recoveryID)])
        } catch {
            // Recovery ids 2 and 3 need x(R) at n and above: probability 2^-127.
            preconditionFailure("the library makes low s and recovery ids 0 and 1: \(error)")
        }
    }

    /// Signs a digest; nonce by RFC 6979, low s.
    package func signECDSA(_ digest: Hash32) -> ECDSASignature {
        var signature = secp256k1_ecdsa_signature()
        var compact = Bytes(repeating: 0, count: 64)
        let message = digest.bytes
        let signed = withSecret { key in
            CurveContext.secret { context in
                secp256k1_ecdsa_sign(context, &signature, message, key, nil, nil) == 1
                    && secp256k1_ecdsa_signature_serialize_compact(context, &compact, &signature) == 1
            }
        }
        precondition(signed, "a key in range signs every digest")
        do {
            return try ECDSASignature(compact: compact)
        } catch {
            preconditionFailure("the library makes low s: \(error)")
        }
    }

    /// Signs a message of any length by BIP-0340 with 32 auxiliary bytes.
    package func signSchnorr(message: Bytes, auxiliary: Hash32) -> SchnorrSignature {
        var pair = secp256k1_keypair()
        var output = Bytes(repeating: 0, count: 64)
        var auxiliary = auxiliary.bytes
        let signed = withSecret { key in
            CurveContext.secret { context in
                auxiliary.withUnsafeMutableBytes { aux in
                    var parameters = secp256k1_schnorrsig_extraparams(
                        magic: (0xda, 0x6f, 0xb3, 0x8c), noncefp: nil, ndata: aux.baseAddress)
                    return secp256k1_keypair_create(context, &pair, key) == 1
                        && secp256k1_schnorrsig_sign_custom(
                            context, &output, message, message.count, &pair, &parameters) == 1
                }
            }
        }
        withUnsafeMutableBytes(of: &pair) { wipe($0) }
        guard signed, let signature = SchnorrSignature(output) else {
            preconditionFailure("a key in range signs every message")
        }
        return signature
    }

    /// Makes a second owner of the key.
    package borrowing func clone() -> PrivateKey { PrivateKey(secret: secret.clone(), publicKey: publicKey) }

    /// Makes a copy of the secret, to be sealed.
    package borrowing func secretCopy() -> SecretBytes { secret.clone() }

    private borrowing func withSecret<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        secret.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
                preconditionFailure("32 bytes have an address")
            }
            return body(base)
        }
    }
}
