package import Primitives

/// What is followed of the host chain, at which pace, and how its source is judged (durability-and-events.md §9,
/// `host_chain`).
package struct HostChainConfiguration: Sendable {
    package let chainID: UInt64
    package let bridge: EthereumAddress
    package let validator: EthereumAddress
    /// The Bridge has no event before this block.
    package let startBlock: BlockNumber
    /// How often the source is asked for its head.
    package let poll: Duration
    /// How many blocks the first question for old logs covers, and the most that one may.
    package let logRange: UInt64
    package let maxRange: UInt64
    /// How far the follower looks.
    package let following: HeadFollower.Limits
    /// The wait after a first failure; the later ones are longer.
    package let firstWait: Duration
    /// Seconds after which a head is old by its block time (durability-and-events.md HC3); nil: never (local chains,
    /// whose block times are their own).
    package let maximumHeadAge: UInt64?

    /// Sets what is to be followed and how.
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
