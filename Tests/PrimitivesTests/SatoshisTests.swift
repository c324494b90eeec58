import Primitives
import Testing

/// Amounts of bitcoin.
@Suite struct SatoshisTests {
    private static let most: UInt64 = 2_100_000_000_000_000

    @Test(
        "An amount is at most 21 million bitcoin",
        arguments: [(0, true), (1, true), (most, true), (most + 1, false), (UInt64.max, false)])
    func range(value: UInt64, taken: Bool) {
        #expect(Satoshis(value)?.rawValue == (taken ? value : nil))
    }

    @Test(
        "Sums above the maximum and differences below 0 are none",
        arguments: [
            (0, 0, 0, 0), (3, 2, 5, 1), (2, 3, 5, nil), (most, 0, most, most), (most, 1, nil, most - 1),
            (1, most, nil, nil), (most, most, nil, 0), (most - 1, 1, most, most - 2),
        ] as [(UInt64, UInt64, UInt64?, UInt64?)])
    func arithmetic(left: UInt64, right: UInt64, sum: UInt64?, difference: UInt64?) throws {
        let (a, b) = (try #require(Satoshis(left)), try #require(Satoshis(right)))
        #expect(a.adding(b)?.rawValue == sum)
        #expect(a.subtracting(b)?.rawValue == difference)
        #expect((a < b) == (left < right))
        #expect((a == b) == (left == right))
    }

    @Test("The sum of a list is checked at every step")
    func list() {
        #expect(Satoshis.sum([]) == .zero)
        #expect(Satoshis.sum([Satoshis(1), Satoshis(2), Satoshis(3)].compactMap(\.self)) == Satoshis(6))
        #expect(Satoshis.sum([.maximum]) == .maximum)
        #expect(Satoshis.sum([.maximum, .zero, .zero]) == .maximum)
        // 2^64 overflows after 8,784 of the largest amount: the sum stops long before.
        #expect(Satoshis.sum(repeatElement(.maximum, count: 10_000)) == nil)
    }

    @Test("An amount reads as its number of satoshi") func text() {
        #expect(Satoshis.maximum.description == "2100000000000000")
    }
}
