package import Coordination

/// What one episode is made of. The same settings make the same episode, bit for bit.
package struct EpisodeSettings: Hashable, Sendable {
    package var seed: UInt64
    /// Windows with faults, before everything is healed.
    package var windows: UInt64 = 24
    /// Windows after that: the wallets must be themselves again.
    package var healedWindows: UInt64 = 8
    /// The faults that may happen.
    package var faults: Set<InjectedFault> = []
    /// How often a fault of each kind begins, in parts of 1,000 windows.
    package var faultsPerThousandWindows: UInt64 = 120
    /// Faults that do not begin although they were drawn.
    package var suppressed: Set<FaultInstance> = []
    /// Operators whose process never starts, the last of the cast.
    package var operatorsDown = 0
    /// Operators that lie in every window, the first of the cast.
    package var liars = 0
    /// How many operators faults of processes and sources hit, the same throughout; nil for any.
    package var victims: Int?
    /// Wallets that fail until the healing, the first of the cast: all operators but the first are without their shares,
    /// and that one can read no chain for them.
    package var poisonedWallets = 0
    /// In every window with faults one operator that neither leads nor stands in reserve is linked to the others only so
    /// many blocks after the opening; nil for none.
    package var latecomersAfter: UInt64?
    /// How many Bitcoin blocks are replaced at most.
    package var deepestBitcoinReorg = 6
    /// Messages that the network always loses, in parts of 1,000.
    package var loss: UInt64 = 0
    /// Redemption requests in parts of 1,000 host blocks, for each wallet.
    package var requestsPerThousandBlocks: UInt64 = 40
    package var profile: ProtocolProfile

    /// Describes an episode of a seed, in the simulator's profile.
    package init(seed: UInt64) {
        self.seed = seed
        var profile = ProtocolProfile.devnet
        profile.bridge = Cast.bridge
        profile.proposalValidator = Cast.validator
        // Every other window without a request shows a heartbeat, the others a no-op.
        profile.heartbeat = Rational(1, 2)
        // Deeper than every reorganisation that the faults make: one that undoes a settled transaction halts its wallet until
        // its operator acts (durability-and-events.md §1.1).
        profile.settleConfirmations = 7
        self.profile = profile
    }
}
