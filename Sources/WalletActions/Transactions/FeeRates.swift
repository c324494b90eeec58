/// The fee rates of our own sources, in sat/vB (wallet-actions.md §6). Whole numbers only.
package struct FeeRates: Hashable, Sendable {
    /// The lowest of the sources' rates.
    package let lowest: UInt64
    /// The rate that we propose.
    package let median: UInt64
    /// The highest of the sources' rates.
    package let highest: UInt64

    /// Computes the rates from the sources' quotes; nil where no source has an estimate.
    ///
    /// A source's rate is its estimate, at least `feeFloor` and at least its mempool's minimum. The median of an even
    /// number is the lower middle one; of two sources it is the higher one, but at most three times the lower.
    package init?(quotes: [FeeQuote], feeFloor: UInt64) {
        let rates = quotes.compactMap { quote in
            quote.estimate.flatMap { $0 > 0 ? max($0, feeFloor, quote.mempoolMinimum) : nil }
        }.sorted()
        guard let lowest = rates.first, let highest = rates.last else { return nil }
        self.lowest = lowest
        self.highest = highest
        median = rates.count == 2 ? min(highest, lowest.multipliedSaturating(by: 3)) : rates[(rates.count - 1) / 2]
    }

    /// The lowest rate that a follower accepts.
    package func low(urgent: Bool) -> UInt64 { urgent ? 1 : max(1, lowest / 2) }

    /// The highest rate that a follower accepts.
    package var high: UInt64 { highest.multipliedSaturating(by: 3).addingSaturating(5) }
}

extension UInt64 {
    /// The product, at most the largest representable number.
    func multipliedSaturating(by other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }

    /// The sum, at most the largest representable number.
    func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
