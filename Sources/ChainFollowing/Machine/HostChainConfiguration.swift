package import Primitives

/// The configuration of following the host chain: contracts, pace, and limits for the source (durability-and-events.md
/// §9, `host_chain`).
package struct HostChainConfiguration: Sendable {
    package let chainID: UInt64
    package let bridge: EthereumAddress
    package let validator: EthereumAddress
    /// The first block in which the Bridge can have an event.
    package let startBlock: BlockNumber
    /// The time between two questions for the source's head.
    package let poll: Duration
    /// The number of blocks in the first question for old logs, and the maximum in later ones.
    package let logRange: UInt64
    package let maxRange: UInt64
    /// The limits on how far the follower looks back.
    package let following: HeadFollower.Limits
    /// The wait after the first failure; later waits are longer.
    package let firstWait: Duration
    /// The age in seconds, by block time, above which a head is old (durability-and-events.md HC3). Nil on local
    /// chains, which have block times of their own: a head is never old.
    package let maximumHeadAge: UInt64?

    /// Sets the configuration.
    package init(
        chainID: UInt64, bridge: EthereumAddress, validator: EthereumAddress, startBlock: BlockNumber,
        poll: Duration, logRange: UInt64 = 2000, maxRange: UInt64 = 10_000,
        following: HeadFollower.Limits = HeadFollower.Limits(),
        firstWait: Duration = .seconds(1), maximumHeadAge: UInt64? = nil
    ) {
        self.chainID = chainID
        self.bridge = bridge
        self.validator = validator
        self.startBlock = startBlock
        self.poll = poll
        self.logRange = logRange
        self.maxRange = maxRange
        self.following = following
        self.firstWait = firstWait
        self.maximumHeadAge = maximumHeadAge
    }

    /// The index before anything is read.
    var emptyIndex: EventIndex { EventIndex(bridge: bridge, startBlock: startBlock, firstWait: firstWait) }
}
