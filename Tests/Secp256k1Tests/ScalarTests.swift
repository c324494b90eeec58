import Primitives
import Secp256k1
import Testing

/// The arithmetic against a slow model: numbers as bits, products by doubling and adding, reduction by subtraction.
@Suite struct ScalarTests {
    private static let order = model("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
    private static let edges = [
        "00", "01", "02", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036413f",
        "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
        "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1",
        "8000000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffff", "10000000000000000", "ffffffffffffffffffffffffffffffff",
        "0fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]

    /// A number as 64-bit words, least significant first, of any length.
    private struct Model: Equatable {
        var words: [UInt64]

        func bit(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }

        static func < (left: Model, right: Model) -> Bool {
            for index in left.words.indices.reversed() where left.words[index] != right.words[index] {
                return left.words[index] < right.words[index]
            }
            return false
        }

        func plus(_ other: Model) -> Model {
            var result = self
            var carry: UInt64 = 0
            for index in words.indices {
                let (first, one) = words[index].addingReportingOverflow(other.words[index])
                let (second, two) = first.addingReportingOverflow(carry)
                result.words[index] = second
                carry = (one ? 1 : 0) + (two ? 1 : 0)
            }
            return result
        }

        func minus(_ other: Model) -> Model {
            var result = self
            var borrow: UInt64 = 0
            for index in words.indices {
                let (first, one) = words[index].subtractingReportingOverflow(other.words[index])
                let (second, two) = first.subtractingReportingOverflow(borrow)
                result.words[index] = second
                borrow = (one ? 1 : 0) + (two ? 1 : 0)
            }
            return result
        }

        func modulo() -> Model { self < ScalarTests.order ? self : minus(ScalarTests.order) }

        func times(_ other: Model) -> Model {
            var result = Model(words: Array(repeating: 0, count: 5))
            for index in stride(from: 255, through: 0, by: -1) {
                result = result.plus(result).modulo()
                if other.bit(index) { result = result.plus(self).modulo() }
            }
            return result
        }

        var hex: String {
            var bytes = Bytes()
            for word in words[0..<4].reversed() { bytes.append(bigEndian: word) }
            return bytes.hex
        }
    }

    private static func model(_ hex: String) -> Model {
        let padded = String(repeating: "0", count: 64 - hex.count) + hex
        let bytes = (try? Bytes(hex: padded)) ?? []
        var words: [UInt64] = []
        for start in stride(from: 24, through: 0, by: -8) {
            words.append(bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
        }
        return Model(words: words + [0])
    }

    private static func scalar(_ hex: String) throws -> Scalar {
        let padded = String(repeating: "0", count: 64 - hex.count) + hex
        return try #require(Scalar(strict: try Bytes(hex: padded)))
    }

    private static let pairs: [(String, String)] = {
        var values = edges
        var state = sha256(Bytes("scalar tests".utf8))
        for _ in 0..<28 {
            state = sha256(state.bytes)
            if Scalar(strict: state.bytes) != nil { values.append(state.hex) }
        }
        return values.flatMap { left in values.map { (left, $0) } }
    }()

    @Test("Sums, differences, products and squares equal the model's, at the edges and at random")
    func ring() throws {
        for (left, right) in Self.pairs {
            let (a, b) = (try Self.scalar(left), try Self.scalar(right))
            let (m, n) = (Self.model(left), Self.model(right))
            #expect((a + b).bytes.hex == m.plus(n).modulo().hex, "\(left) + \(right)")
            #expect((a - b).bytes.hex == m.plus(Self.order).minus(n).modulo().hex, "\(left) - \(right)")
            #expect((a * b).bytes.hex == m.times(n).hex, "\(left) * \(right)")
        }
    }

    @Test("Negatives, squares, inverses and masks fit", arguments: edges)
    func unary(value: String) throws {
        let scalar = try Self.scalar(value)
        #expect((scalar + -scalar).isZero == .max)
        #expect(scalar.squared.bytes == (scalar * scalar).bytes)
        let isZero = Self.model(value) == Self.model("00")
        #expect((scalar * scalar.inverse).bytes == (isZero ? Scalar.zero : Scalar.one).bytes)
        #expect(scalar.isZero == (isZero ? .max : 0))
        #expect(scalar.isOdd == (Self.model(value).bit(0) ? .max : 0))
        let half = Self.model("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0")
        #expect(scalar.isHigh == (half < Self.model(value) ? .max : 0))
        #expect(Scalar.select(.max, scalar, .one).bytes == scalar.bytes)
        #expect(Scalar.select(0, scalar, .one).bytes == Scalar.one.bytes)
    }

    @Test("Strict reading refuses n and above, 0 where it must not be, and other lengths")
    func strict() throws {
        let order = try Bytes(hex: Self.order.hex)
        let top = Bytes(repeating: 0xff, count: 32)
        for bytes in [order, top, Bytes(order.dropFirst()), order + [0], []] {
            #expect(Scalar(strict: bytes) == nil)
        }
        #expect(Scalar(strict: Bytes(repeating: 0, count: 32)) != nil)
        #expect(Scalar(strictNonzero: Bytes(repeating: 0, count: 32)) == nil)
        #expect(Scalar(wrapping: try Hash32(hex: Self.order.hex)).isZero == .max)
        #expect(Scalar(wrapping: try #require(Hash32(top))).bytes.hex == Self.model(top.hex).minus(Self.order).hex)
    }

    @Test("Wide reading reduces 48 and 64 bytes")
    func wide() throws {
        let top = Bytes(repeating: 0xff, count: 64)
        // 2^512 - 1 = (2^256 - 1)·2^256 + (2^256 - 1), by the ring operations tested above.
        let low = Scalar(wrapping: try #require(Hash32(top[..<32])))
        let power = low + .one
        #expect(try #require(Scalar(wide: top)).bytes == (low * power + low).bytes)
        #expect(try #require(Scalar(wide: Bytes(repeating: 0, count: 47) + [5])).bytes == Scalar(5).bytes)
        #expect(Scalar(wide: Bytes(repeating: 0, count: 32)) == nil)
    }

    @Test("Batch inversion equals single inversion")
    func batch() {
        let values = (1...9).map { Scalar(UInt64($0)) }
        #expect(Scalar.batchInverse(values).map(\.bytes) == values.map(\.inverse.bytes))
    }

    @Test("Lagrange coefficients at 0 rebuild a constant term, and bad coordinates give none")
    func lagrange() throws {
        let coordinates: [UInt32] = [1, 3, 4]
        // f(x) = 5 + 7x + 11x²
        let values = coordinates.map { Scalar(UInt64(5 + 7 * $0 + 11 * $0 * $0)) }
        var sum = Scalar.zero
        for (x, value) in zip(coordinates, values) {
            sum = sum + (try #require(Scalar.lagrange(coordinates, at: x))) * value
        }
        #expect(sum.bytes == Scalar(5).bytes)
        #expect(Scalar.lagrange([1, 1], at: 1) == nil)
        #expect(Scalar.lagrange([0, 1], at: 1) == nil)
        #expect(Scalar.lagrange([1, 2], at: 3) == nil)
    }
}
