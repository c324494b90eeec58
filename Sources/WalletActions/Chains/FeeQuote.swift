/// A source's view of fees, in whole sat/vB rounded up.
package struct FeeQuote: Hashable, Sendable {
    /// The estimate; nil where the source has none.
    package let estimate: UInt64?
    /// The rate below which the source's mempool takes no transaction.
    package let mempoolMinimum: UInt64

    /// Describes a source's rates.
    package init(estimate: UInt64?, mempoolMinimum: UInt64) {
        self.estimate = estimate
        self.mempoolMinimum = mempoolMinimum
    }
}
