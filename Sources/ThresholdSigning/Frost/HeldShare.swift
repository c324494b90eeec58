package import Coordination

/// The owner of a seat's secret share, from which every machine of the wallet borrows: there is no second copy.
package final class HeldShare: Sendable {
    package let share: SecretShare

    /// Takes charge of a share.
    package init(_ share: consuming SecretShare) { self.share = share }

    /// The seat whose share it is.
    package var seat: SeatNumber { share.seat }
}
