package import Ethereum
package import Primitives

/// The host chain's answer to a ``HostQuery``.
package enum HostAnswer: Hashable, Sendable {
    case block(HostBlock)
    /// The bytes that the call returned.
    case returned(Bytes)
    /// The call reverted (contracts.md §5).
    case reverted(RevertReason)
    case redemptionRequests([RedemptionRequestedEvent])
    /// Transaction hashes in internal byte order.
    case announcedTransactions([Hash32])
}
