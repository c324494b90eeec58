import CSecp256k1
package import Primitives

/// A BIP-0340 signature: x(R) ‖ s, 64 bytes. Holding one does not mean that it verifies.
package struct SchnorrSignature: FixedBytes {
    package static let byteCount = 64

    package let bytes: Bytes

    package init(loading buffer: UnsafeRawBufferPointer) { bytes = Bytes(buffer.prefix(Self.byteCount)) }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyBytes(from: bytes)
    }

    package static func < (left: SchnorrSignature, right: SchnorrSignature) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// A BIP-0340 public key: an x coordinate on the curve, kept parsed.
package struct XOnlyPublicKey: Hashable, Sendable {
    /// The point with the even y.
    package let point: CurvePoint

    /// Takes an x coordinate; nil where no point has it.
    package init?(_ x: Hash32) {
        guard let point = CurvePoint(xOnly: x) else { return nil }
        self.point = point
    }

    /// Takes the x coordinate of a point.
    package init(_ point: CurvePoint) { self.point = point.hasOddY ? point.negated : point }

    /// The x coordinate.
    package var x: Hash32 { point.xOnly }

    /// The 32 bytes of the x coordinate.
    package var bytes: Bytes { x.bytes }

    /// Whether a signature is valid for a message of any length (BIP-0340).
    package func verifies(_ signature: SchnorrSignature, message: Bytes) -> Bool {
        var xOnly = secp256k1_xonly_pubkey()
        var raw = point.key.raw
        return CurveContext.shared { context in
            secp256k1_xonly_pubkey_from_pubkey(context, &xOnly, nil, &raw) == 1
                && secp256k1_schnorrsig_verify(context, signature.bytes, message, message.count, &xOnly) == 1
        }
    }
}
