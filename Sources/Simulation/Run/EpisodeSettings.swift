package import Coordination

/// The settings of one episode. The same settings make the same episode, bit for bit.
package struct EpisodeSettings: Hashable, Sendable {
    package var seed: UInt64
    /// Windows with faults, before everything is healed.
    package var windows: UInt64 = 24
    /// Windows after the healing, in which the wallets must work again.
    package var healedWindows: UInt64 = 8
    /// The faults that may happen.
    package var faults: Set<InjectedFault> = []
    /// The rate at which a fault of each kind begins, in parts of 1,000 windows.
    package var faultsPerThousandWindows: UInt64 = 120
    /// Faults that do not begin although they were drawn.
    package var suppressed: Set<FaultInstance> = []
    /// Operators whose process never starts, the last of the cast.
    package var operatorsDown = 0
    /// Operators that lie in every window, the first of the cast.
    package var liars = 0
    /// The number of operators that faults of processes and sources hit, the same ones throughout; nil for any.
    package var victims: Int?
    /// Wallets that fail until the healing, the first of the cast. All operators but the first lack their shares, and
    /// the first can read no chain for them.
    package var poisonedWallets = 0
    /// The number of blocks after the opening at which one operator is linked to the others. In every window with
    /// faults this is an operator that neither leads nor stands in reserve; nil for none.
    package var latecomersAfter: UInt64?
    /// The largest number of replaced Bitcoin blocks.
    package var deepestBitcoinReorg = 6
    /// The share of messages that the network always loses, in parts of 1,000.
    package var loss: UInt64 = 0
    /// The rate of redemption requests in parts of 1,000 host blocks, for each wallet.
    package var requestsPerThousandBlocks: UInt64 = 40
    package var profile: ProtocolProfile

    /// Describes an episode of a seed, in the simulator's profile.
    package init(seed: UInt64) {
        self.seed = seed
        var profile = ProtocolProfile.devnet
        profile.bridge = Cast.bridge
        profile.proposalValidator = Cast.validator
        // Of the windows without a request, every other one has a heartbeat and the rest a no-op.
        profile.heartbeat = Rational(1, 2)
        // Deeper than every reorganisation that the faults make. One that undoes a settled transaction halts its wallet
        // until its operator acts (durability-and-events.md §1.1).
        profile.settleConfirmations = 7
        self.profile = profile
    }
}
