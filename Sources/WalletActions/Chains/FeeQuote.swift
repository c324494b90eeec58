/// A source's view of fees, in whole sat/vB rounded up.
package struct FeeQuote: Hashable, Sendable {
    /// nil where the source has no estimate.
    package let estimate: UInt64?
    /// The rate below which the source's mempool takes nothing.
    package let mempoolMinimum: UInt64

    /// Describes a source's rates.
    package init(estimate: UInt64?, mempoolMinimum: UInt64) {
        self.estimate = estimate
        self.mempoolMinimum = mempoolMinimum
    }
}
