import Primitives
import Secp256k1
import Testing

/// The decoders of points.
@Suite struct CurvePointTests {
    private static let x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    private static let y = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
    private static let negatedY = "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777"

    @Test("A compressed point has prefix 2 or 3, and no other", arguments: UInt8.min...UInt8.max)
    func compressedPrefix(prefix: UInt8) throws {
        let bytes = [prefix] + (try Bytes(hex: Self.x))
        let point = CurvePoint(compressed: bytes)
        #expect((point != nil) == (prefix == 2 || prefix == 3))
        guard let point else { return }
        #expect(point.compressed == bytes)
        #expect(point.hasOddY == (prefix == 3))
        #expect(point.xOnly.hex == Self.x)
        #expect(point.uncompressed.hex == "04" + Self.x + (prefix == 2 ? Self.y : Self.negatedY))
        #expect(point.negated.compressed == [prefix ^ 1] + bytes.dropFirst())
        #expect(point.negated.negated == point)
    }

    @Test(
        "An uncompressed point has prefix 4, and no other (6 and 7 repeat the parity)", arguments: UInt8.min...UInt8.max
    )
    func uncompressedPrefix(prefix: UInt8) throws {
        let bytes = [prefix] + (try Bytes(hex: Self.x + Self.y))
        let point = CurvePoint(uncompressed: bytes)
        #expect((point != nil) == (prefix == 4))
        guard let point else { return }
        #expect(point == .generator)
        #expect(point.uncompressed == bytes)
    }

    @Test("Every other length is refused")
    func lengths() {
        let point = CurvePoint.generator
        for form in [point.compressed, point.uncompressed] {
            for count in 0...form.count + 1 where count != form.count {
                let bytes = (form + [0]).prefix(count)
                #expect(CurvePoint(compressed: bytes) == nil || count == 33, "\(count)")
                #expect(CurvePoint(uncompressed: bytes) == nil, "\(count)")
            }
        }
        #expect(CurvePoint(compressed: point.uncompressed) == nil)
        #expect(CurvePoint(uncompressed: point.compressed) == nil)
        #expect(CurvePoint(compressed: point.uncompressed.prefix(33)) == nil)
    }

    @Test(
        "An x that no point has is refused",
        arguments: [
            // 0, 5 and p - 1: on no point of the curve.
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000005",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2e",
            // p, p + 1 (1 is on the curve), and 2^256 - 1: not reduced.
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ])
    func noSuchX(x: String) throws {
        let bytes = try Bytes(hex: x)
        #expect(CurvePoint(compressed: [2] + bytes) == nil)
        #expect(CurvePoint(compressed: [3] + bytes) == nil)
        #expect(CurvePoint(xOnly: try Hash32(hex: x)) == nil)
        #expect(XOnlyPublicKey(try Hash32(hex: x)) == nil)
        #expect(Point(decoding: [2] + bytes) == nil || x.allSatisfy { $0 == "0" })
    }

    @Test(
        "An x at n and above is as good as any other",
        arguments: [
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2c",
        ])
    func largeX(x: String) throws {
        let point = try #require(CurvePoint(xOnly: try Hash32(hex: x)))
        #expect(point.xOnly.hex == x)
        #expect(!point.hasOddY)
    }

    @Test(
        "Coordinates off the curve, or not below p, are refused",
        arguments: [
            (x, "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b9"),
            (y, x),
            (x, "0000000000000000000000000000000000000000000000000000000000000000"),
            // 1 and the root of 8, each plus p.
            (
                "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30",
                "4218f20ae6c646b363db68605822fb14264ca8d2587fdd6fbc750d587e76a7ee"
            ),
            (
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000000"
            ),
        ])
    func offCurve(x: String, y: String) throws {
        #expect(CurvePoint(uncompressed: [4] + (try Bytes(hex: x + y))) == nil)
    }

    @Test("The even root of 8 belongs to x = 1, so that only its x + p is at fault above")
    func rootOfEight() throws {
        let point = try #require(CurvePoint(xOnly: try Hash32(hex: String(repeating: "0", count: 63) + "1")))
        #expect(point.uncompressed.suffix(32).hex == "4218f20ae6c646b363db68605822fb14264ca8d2587fdd6fbc750d587e76a7ee")
    }

    @Test("What random bytes decode to encodes to the same bytes; about half of all x have a point")
    func canonical() {
        var random = SeededRandom("points")
        var taken = 0
        for index in 0..<2_000 {
            let bytes = [UInt8(2 + index % 2)] + random.publicBytes(32)
            guard let point = CurvePoint(compressed: bytes) else { continue }
            taken += 1
            #expect(point.compressed == bytes)
            #expect(CurvePoint(uncompressed: point.uncompressed) == point)
        }
        #expect((850...1_150).contains(taken))
    }

    @Test("33 zero bytes mean infinity where infinity is allowed, and nowhere else")
    func infinity() {
        let zeros = Bytes(repeating: 0, count: 33)
        #expect(Point(decoding: zeros) == .infinity)
        #expect(Point.infinity.encoded == zeros)
        #expect(CurvePoint(compressed: zeros) == nil)
        for count in [0, 1, 32, 34, 65] { #expect(Point(decoding: Bytes(repeating: 0, count: count)) == nil) }
        for index in zeros.indices.dropFirst() {
            var bytes = zeros
            bytes[index] = 1
            #expect(Point(decoding: bytes) == nil, "byte \(index)")
        }
        #expect(Point(decoding: CurvePoint.generator.compressed) == .generator)
    }

    @Test("Points equal and hash by value, whatever they were decoded from")
    func equality() throws {
        let points = [
            CurvePoint.generator, try #require(CurvePoint(xOnly: CurvePoint.generator.xOnly)),
            try #require(CurvePoint(uncompressed: CurvePoint.generator.uncompressed)), CurvePoint.generator.negated,
        ]
        #expect(Set(points).count == 2)
    }
}
