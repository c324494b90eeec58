import Primitives
import Secp256k1
import Testing

/// Ring operations and masks against the slow model.
@Suite struct ScalarTests {
    private static let order = SlowInteger.order
    private static let half = SlowInteger(hex: "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0")

    /// Numbers below n where carries, borrows and masks change.
    private static let edges: [SlowInteger] =
        [SlowInteger(0), SlowInteger(1), SlowInteger(2), order - SlowInteger(1), order - SlowInteger(2)]
        + [half - SlowInteger(1), half, half + SlowInteger(1), half + SlowInteger(2)]
        + [64, 128, 192, 255].flatMap { bit in
            [SlowInteger.power(bit) - SlowInteger(1), SlowInteger.power(bit), SlowInteger.power(bit) + SlowInteger(1)]
        }
        // 2^256 - n, and its neighbours: what n leaves to the next power of two.
        + [SlowInteger.power(256) - order - SlowInteger(1), SlowInteger.power(256) - order]

    private static let values: [SlowInteger] = {
        var random = SeededRandom("scalar values")
        return edges + (0..<12).map { _ in SlowInteger(random.publicBytes(32)) % order }
    }()

    @Test("The sum is the model's, at the edges and at random", arguments: values)
    func sum(left: SlowInteger) {
        for right in Self.values {
            #expect((Scalar(left) + Scalar(right)).bytes == ((left + right) % Self.order).bytes(32), "\(right)")
        }
    }

    @Test("The difference is the model's, at the edges and at random", arguments: values)
    func difference(left: SlowInteger) {
        for right in Self.values {
            let expected = (left + Self.order - right) % Self.order
            #expect((Scalar(left) - Scalar(right)).bytes == expected.bytes(32), "\(right)")
        }
    }

    @Test("The product is the model's, at the edges and at random", arguments: values)
    func product(left: SlowInteger) {
        for right in Self.values {
            #expect((Scalar(left) * Scalar(right)).bytes == ((left * right) % Self.order).bytes(32), "\(right)")
        }
    }

    @Test("Square and negative are the model's", arguments: values)
    func unary(value: SlowInteger) {
        #expect(Scalar(value).squared.bytes == ((value * value) % Self.order).bytes(32))
        #expect((-Scalar(value)).bytes == ((Self.order - value) % Self.order).bytes(32))
    }

    @Test("Long chains of operations stay with the model")
    func chain() {
        var random = SeededRandom("scalar chain")
        var model = SlowInteger(1)
        var scalar = Scalar.one
        for step in 0..<500 {
            let next = SlowInteger(random.publicBytes(32)) % Self.order
            model = (model * next + (Self.order - next) + next * next) % Self.order
            scalar = scalar * Scalar(next) - Scalar(next) + Scalar(next).squared
            #expect(scalar.bytes == model.bytes(32), "step \(step)")
        }
    }

    @Test("Masks are all ones or 0", arguments: values)
    func masks(value: SlowInteger) {
        let scalar = Scalar(value)
        #expect(scalar.isZero == (value == SlowInteger(0) ? .max : 0))
        #expect(scalar.isOdd == (value.isOdd ? .max : 0))
        #expect(scalar.isHigh == (value > Self.half ? .max : 0))
    }

    @Test("Selection takes the first for a full mask and the second for 0")
    func select() {
        var random = SeededRandom("selection")
        let (a, b) = (Scalar(random: &random), Scalar(random: &random))
        #expect(Scalar.select(.max, a, b).bytes == a.bytes)
        #expect(Scalar.select(0, a, b).bytes == b.bytes)
    }

    @Test("A public scalar equals one of the same value only, and hashes by value")
    func publicScalars() {
        let values = Self.values.map { PublicScalar(Scalar($0)) }
        #expect(Set(values).count == Set(Self.values).count)
        for (value, model) in zip(values, Self.values) {
            #expect(value == PublicScalar(Scalar(model) + .one - .one))
            #expect(value != PublicScalar(Scalar(model) + .one))
        }
    }
}
