import Primitives
import Secp256k1
import Testing

/// `a·G + b·P` by one recovery, against two multiplications and an addition (threshold-signing.md §4.2).
@Suite struct PointLinearTests {
    private static func longWay(_ a: Scalar, _ b: Scalar, _ point: CurvePoint) -> Point {
        Point.generator.multiplied(byPublic: a) + Point.affine(point).multiplied(byPublic: b)
    }

    @Test("The short way equals the long way for 10,000 random values")
    func random() {
        var random = SeededRandom("linear")
        var point = CurvePoint.generator
        var parities = (odd: 0, even: 0)
        for index in 0..<10_000 {
            let (a, b) = (Scalar(random: &random), Scalar(random: &random))
            let expected = Self.longWay(a, b, point)
            let found = Point.linear(a, b, point)
            if found != expected { Issue.record("\(index): \(a.bytes.hex), \(b.bytes.hex), \(point.compressed.hex)") }
            if point.hasOddY { parities.odd += 1 } else { parities.even += 1 }
            guard let next = found.finite else {
                Issue.record("a random combination is infinity")
                return
            }
            point = next
        }
        #expect(min(parities.odd, parities.even) > 4_500)
    }

    @Test("Edge values of both scalars, on points of either parity and with x at n and above")
    func edges() throws {
        let large = try [
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2c",
        ].map { try #require(CurvePoint(xOnly: try Hash32(hex: $0))) }
        let small = try #require(CurvePoint(xOnly: try Hash32(hex: String(repeating: "0", count: 63) + "1")))
        let points = [CurvePoint.generator, small] + large
        let order = SlowInteger.order
        let scalars = [Scalar.zero, .one, Scalar(2), -.one, Scalar(order - SlowInteger.power(128))]
        for point in points + points.map(\.negated) {
            for a in scalars {
                for b in scalars {
                    #expect(Point.linear(a, b, point) == Self.longWay(a, b, point))
                }
            }
        }
    }

    @Test("A sum of infinity is infinity, and 0 for P leaves a·G")
    func infinity() throws {
        var random = SeededRandom("infinity")
        for _ in 0..<20 {
            let (k, b) = (Scalar(random: &random), Scalar(random: &random))
            let point = try #require(Point.generatorMultiplied(by: k).finite)
            #expect(Point.linear(-(b * k), b, point) == .infinity)
            #expect(Point.linear(b, .zero, point) == Point.generatorMultiplied(by: b))
            #expect(Point.linear(.zero, b, point) == Point.generatorMultiplied(by: b * k))
        }
        #expect(Point.linear(.zero, .zero, .generator) == .infinity)
    }
}
