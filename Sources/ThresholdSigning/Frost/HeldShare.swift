/// The owner of a wallet's secret share, from which every machine of the wallet borrows: there is no second copy.
package final class HeldShare: Sendable {
    package let share: SecretShare

    /// Takes charge of a share.
    package init(_ share: consuming SecretShare) { self.share = share }
}
