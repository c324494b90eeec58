import CSecp256k1
package import Primitives

/// An ECDSA signature with low s, in strict DER (BIP-0066).
package struct ECDSASignature: Hashable, Sendable {
    /// The strict DER encoding, at most 71 bytes.
    package let der: Bytes

    private let compact: Bytes

    /// Takes strict DER with low s.
    ///
    /// - Throws: ``SignatureFailure`` for every other form.
    package init(der: Bytes) throws(SignatureFailure) {
        var parsed = secp256k1_ecdsa_signature()
        guard CurveContext.shared({ secp256k1_ecdsa_signature_parse_der($0, &parsed, der, der.count) }) == 1 else {
            throw .encoding
        }
        var compact = Bytes(repeating: 0, count: 64)
        _ = CurveContext.shared { secp256k1_ecdsa_signature_serialize_compact($0, &compact, &parsed) }
        // The parser accepts only the shortest form; a number that is negative or too large has become 0.
        try self.init(compact: compact)
    }

    /// Takes r ‖ s of 64 bytes with low s.
    ///
    /// - Throws: ``SignatureFailure`` for another length, r or s outside 1 to n - 1, and high s.
    package init(compact: Bytes) throws(SignatureFailure) {
        guard compact.count == 64 else { throw .length(compact.count) }
        guard Scalar(strictNonzero: compact[..<32]) != nil, let s = Scalar(strictNonzero: compact[32...]) else {
            throw .range
        }
        guard s.isHigh == 0 else { throw .highS }
        var parsed = secp256k1_ecdsa_signature()
        var der = Bytes(repeating: 0, count: 72)
        var length = der.count
        let done = CurveContext.shared { context in
            secp256k1_ecdsa_signature_parse_compact(context, &parsed, compact) == 1
                && secp256k1_ecdsa_signature_serialize_der(context, &der, &length, &parsed) == 1
        }
        precondition(done, "r and s in range have a DER form of at most 72 bytes")
        self.compact = compact
        self.der = Bytes(der[..<length])
    }

    /// Whether the signature is valid for a digest under a key.
    package func verifies(digest: Hash32, key: CurvePoint) -> Bool {
        var parsed = secp256k1_ecdsa_signature()
        var raw = key.key.raw
        let message = digest.bytes
        return CurveContext.shared { context in
            secp256k1_ecdsa_signature_parse_compact(context, &parsed, compact) == 1
                && secp256k1_ecdsa_verify(context, &parsed, message, &raw) == 1
        }
    }
}
