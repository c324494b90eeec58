package import Primitives

/// A total fee split evenly over the items of an action; the last item bears the remainder (wallet-actions.md §5.1).
package struct FeeSplit: Hashable, Sendable {
    /// The share of every item but the last.
    package let share: Satoshis
    /// The share of the last item.
    package let lastShare: Satoshis
    /// The number of items, at least 1.
    package let count: Int

    /// Splits a fee over a number of items; nil if the number is zero.
    package init?(total: Satoshis, count: Int) {
        guard count > 0 else { return nil }
        let (quotient, remainder) = total.rawValue.quotientAndRemainder(dividingBy: UInt64(count))
        guard let share = Satoshis(quotient), let lastShare = Satoshis(quotient + remainder) else {
            preconditionFailure("neither share is above the total")
        }
        self.share = share
        self.lastShare = lastShare
        self.count = count
    }

    /// The shares in item order; they add up to the total.
    package var shares: [Satoshis] { Array(repeating: share, count: count - 1) + [lastShare] }
}
