import Primitives
import Secp256k1
import Testing

/// The group: sums, multiples, infinity.
@Suite struct PointTests {
    /// Multiples of G, computed by the affine formulas in plain integers; those of 1, 2, 3 and 7 are widely published.
    private static let multiples = [
        (
            "0000000000000000000000000000000000000000000000000000000000000001",
            "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        ),
        (
            "0000000000000000000000000000000000000000000000000000000000000002",
            "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
        ),
        (
            "0000000000000000000000000000000000000000000000000000000000000003",
            "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
        ),
        (
            "0000000000000000000000000000000000000000000000000000000000000007",
            "025cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc"
        ),
        (
            "0000000000000000000000000000000000000000000000010000000000000000",
            "023322d401243c4e2582a2147c104d6ecbf774d163db0f5e5313b7e0e742d0e6bd"
        ),
        (
            "0000000000000000000000000000000100000000000000000000000000000000",
            "028f68b9d2f63b5f339239c1ad981f162ee88c5678723ea3351b7b444c9ec4c0da"
        ),
        (
            "8000000000000000000000000000000000000000000000000000000000000000",
            "02b23790a42be63e1b251ad6c94fdef07271ec0aada31db6c3e8bd32043f8be384"
        ),
        (
            "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
            "0300000000000000000000003b78ce563f89a0ed9414f5aa28ad0d96d6795f9c63"
        ),
        (
            "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1",
            "0200000000000000000000003b78ce563f89a0ed9414f5aa28ad0d96d6795f9c63"
        ),
        (
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036413f",
            "03c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
        ),
        (
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
            "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        ),
        (
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330871",
            "03e3175b4bdd1117b2746e36a42b24a82d2c6e99e122ef35aefca5f7659a5cb0fb"
        ),
    ]

    private static func points(_ count: Int, seed: String) -> [CurvePoint] {
        var random = SeededRandom(seed)
        return (0..<count).compactMap { _ in Point.generatorMultiplied(by: Scalar(random: &random)).finite }
    }

    @Test("All three ways to multiply G give the known points", arguments: multiples)
    func known(scalar: String, point: String) throws {
        let scalar = try #require(Scalar(strict: try Bytes(hex: scalar)))
        #expect(Point.generatorMultiplied(by: scalar).encoded.hex == point)
        #expect(Point.generator.multiplied(byPublic: scalar).encoded.hex == point)
        #expect(Point.generator.multiplied(bySecret: scalar).encoded.hex == point)
    }

    @Test("The public and the secret way to multiply agree on any point")
    func waysAgree() {
        var random = SeededRandom("ways")
        for point in Self.points(100, seed: "ways") {
            let scalar = Scalar(random: &random)
            let product = Point.affine(point).multiplied(byPublic: scalar)
            #expect(product != .infinity)
            #expect(Point.affine(point).multiplied(bySecret: scalar) == product)
        }
    }

    @Test("0 times a point, and any multiple of infinity, is infinity")
    func zero() {
        #expect(Point.generatorMultiplied(by: .zero) == .infinity)
        for point in Self.points(2, seed: "zero").map(Point.affine) + [.generator] {
            #expect(point.multiplied(byPublic: .zero) == .infinity)
            #expect(point.multiplied(bySecret: .zero) == .infinity)
        }
        #expect(Point.infinity.multiplied(byPublic: Scalar(5)) == .infinity)
        #expect(Point.infinity.multiplied(bySecret: Scalar(5)) == .infinity)
        #expect(Point.infinity.finite == nil)
    }

    @Test("Multiplying distributes over sums of scalars and of points")
    func linearity() {
        var random = SeededRandom("linearity")
        for pair in Self.points(20, seed: "linearity").map(Point.affine).chunked() {
            let (a, b) = (Scalar(random: &random), Scalar(random: &random))
            let (p, q) = pair
            #expect(p.multiplied(byPublic: a + b) == p.multiplied(byPublic: a) + p.multiplied(byPublic: b))
            #expect((p + q).multiplied(byPublic: a) == p.multiplied(byPublic: a) + q.multiplied(byPublic: a))
            #expect(p.multiplied(byPublic: a).multiplied(byPublic: b) == p.multiplied(byPublic: a * b))
            #expect(p.multiplied(byPublic: -a) == -p.multiplied(byPublic: a))
        }
    }

    @Test("A point and its negative add up to infinity, alone and within a list")
    func cancels() {
        let points = Self.points(3, seed: "cancels").map(Point.affine)
        for point in points {
            #expect(point + -point == .infinity)
            #expect(point != -point)
        }
        #expect(Point.sum(points + points.map { -$0 }) == .infinity)
        // A sum that passes through infinity goes on from there.
        #expect(Point.sum([points[0], -points[0], points[1]]) == points[1])
        #expect(Point.sum([points[0], -points[0], points[1], -points[1]]) == .infinity)
    }

    @Test("Infinity adds nothing")
    func neutral() {
        let points = Self.points(2, seed: "neutral").map(Point.affine)
        #expect(points[0] + .infinity == points[0])
        #expect(.infinity + points[0] == points[0])
        #expect(Point.infinity + .infinity == .infinity)
        #expect(-Point.infinity == .infinity)
        #expect(Point.sum([.infinity, points[0], .infinity, points[1]]) == points[0] + points[1])
        #expect(Point.sum([]) == .infinity)
        #expect(Point.sum([.infinity, .infinity]) == .infinity)
    }

    @Test("The sum of a list is that of its parts; a point twice is doubled", arguments: [1, 2, 3, 51, 100])
    func sums(count: Int) {
        let points = Self.points(count, seed: "sums").map(Point.affine)
        #expect(Point.sum(points) == points.reduce(.infinity) { $0 + $1 })
        #expect(Point.sum(points + points) == Point.sum(points).multiplied(byPublic: Scalar(2)))
    }
}

extension [Point] {
    /// Neighbours in pairs.
    fileprivate func chunked() -> [(Point, Point)] {
        stride(from: 0, to: count - 1, by: 2).map { (self[$0], self[$0 + 1]) }
    }
}
