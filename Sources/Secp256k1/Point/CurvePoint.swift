import CSecp256k1
package import Primitives

/// A point of secp256k1 other than infinity, kept parsed (parsing costs a square root).
package struct CurvePoint: Hashable, Sendable {
    /// The bytes of a compressed point.
    package static let compressedCount = 33

    /// The group's generator G.
    package static let generator: CurvePoint = {
        guard case .affine(let point) = Point.generatorMultiplied(by: .one) else {
            preconditionFailure("1 · G is finite")
        }
        return point
    }()

    /// 33 bytes: the parity (2 even, 3 odd) and x.
    package let compressed: Bytes
    let key: ParsedKey

    /// Takes 33 bytes of the form 02 or 03 ‖ x; nil for another form, for x at p and above, or for a point off the
    /// curve.
    package init?(compressed bytes: some Collection<UInt8>) {
        guard bytes.count == Self.compressedCount, let key = ParsedKey(Bytes(bytes)) else { return nil }
        self.init(key)
    }

    /// Takes 65 bytes of the form 04 ‖ x ‖ y; nil for any other form or a point off the curve.
    package init?(uncompressed bytes: some Collection<UInt8>) {
        // The library also accepts 06 and 07, which repeat the parity.
        guard bytes.count == 65, bytes.first == 4, let key = ParsedKey(Bytes(bytes)) else { return nil }
        self.init(key)
    }

    /// Takes an x coordinate with the even y (BIP-0340's lift_x); nil where no point has it.
    package init?(xOnly: Hash32) { self.init(compressed: [2] + xOnly.bytes) }

    init(_ key: ParsedKey) {
        self.key = key
        compressed = key.serialized(UInt32(SECP256K1_EC_COMPRESSED), count: 33)
    }

    /// 65 bytes: 04 ‖ x ‖ y.
    package var uncompressed: Bytes { key.serialized(UInt32(SECP256K1_EC_UNCOMPRESSED), count: 65) }

    /// The x coordinate, 32 bytes big-endian.
    package var xOnly: Hash32 {
        guard let x = Hash32(compressed.dropFirst()) else { preconditionFailure("33 bytes less one are 32") }
        return x
    }

    /// Whether y is odd.
    package var hasOddY: Bool { compressed[0] == 3 }

    /// The point mirrored at the x axis, with the other y.
    package var negated: CurvePoint {
        var raw = key.raw
        let done = CurveContext.shared { secp256k1_ec_pubkey_negate($0, &raw) }
        precondition(done == 1, "negating a valid point never fails")
        return CurvePoint(ParsedKey(raw: raw))
    }

    package static func == (left: CurvePoint, right: CurvePoint) -> Bool { left.compressed == right.compressed }

    package func hash(into hasher: inout Hasher) { hasher.combine(compressed) }
}

/// The library's parsed form. It never holds only zero bytes, which the library refuses.
struct ParsedKey: Sendable {
    let raw: secp256k1_pubkey

    init(raw: secp256k1_pubkey) { self.raw = raw }

    /// Parses 33 or 65 bytes; nil where they do not encode a point.
    init?(_ bytes: Bytes) {
        var raw = secp256k1_pubkey()
        guard CurveContext.shared({ secp256k1_ec_pubkey_parse($0, &raw, bytes, bytes.count) }) == 1 else { return nil }
        self.raw = raw
    }

    func serialized(_ form: UInt32, count: Int) -> Bytes {
        var raw = raw
        var bytes = Bytes(repeating: 0, count: count)
        var length = count
        let done = CurveContext.shared { secp256k1_ec_pubkey_serialize($0, &bytes, &length, &raw, form) }
        precondition(done == 1 && length == count, "a parsed point has its standard length")
        return bytes
    }
}
