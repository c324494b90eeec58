package import Primitives

/// A total fee borne by the items of an action: evenly, and the last bears what is left (wallet-actions.md §5.1).
package struct FeeSplit: Hashable, Sendable {
    /// What every item but the last bears.
    package let share: Satoshis
    /// What the last item bears.
    package let lastShare: Satoshis
    /// The number of items, at least 1.
    package let count: Int

    /// Splits a fee over a number of items; nil for none.
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
