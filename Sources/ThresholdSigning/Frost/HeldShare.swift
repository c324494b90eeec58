package import Coordination

/// Owns a seat's secret share. Every machine of the wallet borrows from it, so there is no second copy.
package final class HeldShare: Sendable {
    package let share: SecretShare

    /// Takes charge of a share.
    package init(_ share: consuming SecretShare) { self.share = share }

    /// The seat of the share.
    package var seat: SeatNumber { share.seat }
}
