import CSecp256k1
package import Primitives

/// The reason that 65 bytes are not an acceptable signature.
package enum SignatureFailure: Error, Hashable, Sendable {
    /// The length is wrong.
    case length(Int)
    /// r or s is 0 or not below n.
    case range
    /// s is above n / 2: another form of the same signature.
    case highS
    /// v is neither 27 nor 28.
    case recoveryID(UInt8)
    /// The bytes are not strict DER.
    case encoding
}

/// An ECDSA signature with a recoverable key: r ‖ s ‖ v, low s only, v 27 or 28 (coordination.md §6).
package struct RecoverableSignature: Hashable, Sendable {
    package static let byteCount = 65

    /// r (32) ‖ s (32) ‖ v (1).
    package let bytes: Bytes

    /// Takes the canonical form.
    ///
    /// - Throws: ``SignatureFailure`` for every other form.
    package init(bytes: Bytes) throws(SignatureFailure) {
        guard bytes.count == Self.byteCount else { throw .length(bytes.count) }
        guard Scalar(strictNonzero: bytes[..<32]) != nil, let s = Scalar(strictNonzero: bytes[32..<64]) else {
            throw .range
        }
        guard s.isHigh == 0 else { throw .highS }
        guard bytes[64] == 27 || bytes[64] == 28 else { throw .recoveryID(bytes[64]) }
        self.bytes = bytes
    }

    /// The key that made the signature over a digest; nil where no key fits.
    package func recover(digest: Hash32) -> CurvePoint? {
        var signature = secp256k1_ecdsa_recoverable_signature()
        var raw = secp256k1_pubkey()
        let message = digest.bytes
        let recovered = CurveContext.shared { context in
            secp256k1_ecdsa_recoverable_signature_parse_compact(
                context, &signature, bytes, Int32(bytes[64]) - 27) == 1
                && secp256k1_ecdsa_recover(context, &raw, &signature, message) == 1
        }
        return recovered ? CurvePoint(ParsedKey(raw: raw)) : nil
    }
}

extension EthereumAddress {
    /// The address of a key: the last 20 bytes of keccak-256 of X ‖ Y.
    package init(publicKey: CurvePoint) {
        guard let address = EthereumAddress(keccak256(Bytes(publicKey.uncompressed.dropFirst())).bytes.suffix(20))
        else { preconditionFailure("20 bytes are an address") }
        self = address
    }
}
