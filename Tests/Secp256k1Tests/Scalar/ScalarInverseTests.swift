import Primitives
import Secp256k1
import Testing

/// Inverses and what is made of them.
@Suite struct ScalarInverseTests {
    @Test("A value times its inverse is 1, at the edges and at random")
    func inverse() {
        var random = SeededRandom("inverse")
        let order = SlowInteger.order
        let edges = [SlowInteger(1), SlowInteger(2), SlowInteger(3), order - SlowInteger(1), order - SlowInteger(2)]
        for value in edges.map(Scalar.init) + (0..<50).map({ _ in Scalar(random: &random) }) {
            #expect((value * value.inverse).bytes == Scalar.one.bytes, "\(value.bytes.hex)")
            #expect(value.inverse.inverse.bytes == value.bytes)
        }
    }

    @Test("The inverse of 2 is (n + 1) / 2, and that of n - 1 itself")
    func known() {
        let half = SlowInteger(hex: "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1")
        #expect(Scalar(2).inverse.bytes == half.bytes(32))
        #expect((-Scalar.one).inverse.bytes == (-Scalar.one).bytes)
    }

    @Test("The inverse of 0 is 0") func zero() { #expect(Scalar.zero.inverse.isZero == .max) }

    @Test("Inverting many at once gives each one's inverse, 0 for a 0", arguments: [0, 1, 2, 9])
    func batch(count: Int) {
        var random = SeededRandom("batch")
        var values = (0..<count).map { _ in Scalar(random: &random) }
        #expect(Scalar.batchInverse(values).map(\.bytes) == values.map(\.inverse.bytes))
        values.insert(.zero, at: count / 2)
        values.append(.zero)
        #expect(Scalar.batchInverse(values).map(\.bytes) == values.map(\.inverse.bytes))
    }

    @Test(
        "Lagrange coefficients rebuild the constant term, and no other",
        arguments: [
            [1], [7], [1, 2], [1, 3, 4], [5, 4, 3, 2, 1], [2, 3, 5, 7, 11, 13, 100],
            [UInt32.max, 1, UInt32.max - 1, 0x8000_0000],
        ])
    func lagrange(seats: [UInt32]) throws {
        let weights = try seats.map { try #require(Scalar.lagrange(seats, at: $0)) }
        // For f(x) = x^degree the weighted sum is f(0): 1 for the constant, 0 for all up to degree t - 1.
        for degree in seats.indices {
            var sum = Scalar.zero
            for (seat, weight) in zip(seats, weights) {
                sum = sum + (0..<degree).reduce(weight) { product, _ in product * Scalar(UInt64(seat)) }
            }
            #expect(sum.bytes == (degree == 0 ? Scalar.one : Scalar.zero).bytes, "degree \(degree)")
        }
    }

    @Test("A known coefficient: of seats 1, 2, 3 at 0 they are 3, -3, 1")
    func weights() throws {
        let found = try [UInt32(1), 2, 3].map { try #require(Scalar.lagrange([1, 2, 3], at: $0)).bytes }
        #expect(found == [Scalar(3).bytes, (-Scalar(3)).bytes, Scalar.one.bytes])
    }

    @Test(
        "Seats that repeat, that hold a 0, or that lack the asked one give no coefficient",
        arguments: [
            ([1, 1], 1), ([1, 2, 1], 2), ([0, 1], 1), ([0, 1], 0), ([0], 0), ([1, 2], 3), ([], 1),
        ] as [([UInt32], UInt32)])
    func refused(seats: [UInt32], seat: UInt32) { #expect(Scalar.lagrange(seats, at: seat) == nil) }
}
