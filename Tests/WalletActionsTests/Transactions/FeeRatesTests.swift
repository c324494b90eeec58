import Testing

@testable import WalletActions

/// Own rates of wallet-actions.md §6.
@Suite struct FeeRatesTests {
    @Test(
        "The median is the lower middle one, of two the higher but at most three times the lower",
        arguments: [
            ([7], 7, 7, 7), ([3, 9], 3, 9, 9), ([3, 10], 3, 9, 10), ([10, 3], 3, 9, 10), ([1, 900], 1, 3, 900),
            ([5, 1, 9], 1, 5, 9), ([4, 1, 9, 2], 1, 2, 9), ([8, 8, 8, 1, 900], 1, 8, 900),
        ] as [([UInt64], UInt64, UInt64, UInt64)])
    func median(_ estimates: [UInt64], lowest: UInt64, median: UInt64, highest: UInt64) throws {
        let quotes = estimates.map { FeeQuote(estimate: $0, mempoolMinimum: 0) }
        let rates = try #require(FeeRates(quotes: quotes, feeFloor: 1))
        #expect(rates.lowest == lowest)
        #expect(rates.median == median)
        #expect(rates.highest == highest)
    }

    @Test("A rate is at least the profile's floor and the source's own minimum")
    func minimum() throws {
        let quotes = [FeeQuote(estimate: 2, mempoolMinimum: 5), FeeQuote(estimate: 1, mempoolMinimum: 1)]
        let rates = try #require(FeeRates(quotes: quotes, feeFloor: 3))
        #expect(rates.lowest == 3)
        #expect(rates.highest == 5)
    }

    @Test("Sources without an estimate do not count; without any, there are no rates")
    func absent() throws {
        let silent = [FeeQuote(estimate: nil, mempoolMinimum: 50), FeeQuote(estimate: 0, mempoolMinimum: 50)]
        #expect(FeeRates(quotes: silent, feeFloor: 1) == nil)
        #expect(FeeRates(quotes: [], feeFloor: 1) == nil)
        let rates = try #require(FeeRates(quotes: silent + [FeeQuote(estimate: 4, mempoolMinimum: 1)], feeFloor: 1))
        #expect(rates.median == 4)
    }

    @Test(
        "Followers take half the lowest rate, at least 1, and 1 for what is urgent",
        arguments: [(1, 1), (2, 1), (3, 1), (4, 2), (301, 150)] as [(UInt64, UInt64)])
    func low(_ rate: UInt64, low: UInt64) throws {
        let rates = try #require(FeeRates(quotes: [FeeQuote(estimate: rate, mempoolMinimum: 0)], feeFloor: 1))
        #expect(rates.low(urgent: false) == low)
        #expect(rates.low(urgent: true) == 1)
        #expect(rates.high == 3 * rate + 5)
    }

    @Test("A rate beyond all reason overflows nothing")
    func saturated() throws {
        let quotes = [FeeQuote(estimate: .max, mempoolMinimum: .max), FeeQuote(estimate: .max, mempoolMinimum: 0)]
        let rates = try #require(FeeRates(quotes: quotes, feeFloor: 1))
        #expect(rates.high == .max)
        #expect(rates.median == .max)
    }
}
