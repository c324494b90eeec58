import Coordination
package import Primitives

/// One run of the world: windows with faults, then healing, then windows in which everything must work.
package struct Episode {
    /// The result of an episode.
    package struct Result: Hashable, Sendable {
        package var seed: UInt64
        package var digest: Hash32
        package var steps: UInt64
        package var inputs: UInt64
        package var windows: UInt64
        package var lost: UInt64
        /// The lost windows of each wallet.
        package var lostByWallet: [UInt64]
        /// Windows in which two digests were agreed, because too many operators lied.
        package var agreedTwice: UInt64
        /// How often a scenario's own arrangement took effect.
        package var arranged: UInt64
        package var messages: UInt64
        package var bytes: UInt64
        package var transactions: UInt64
        package var outcomes: [String: UInt64]
        package var charges: [String: UInt64]
        /// By operator: the windows that it led.
        package var led: [UInt64]
        /// The faults that began, in order.
        package var begun: [FaultInstance]
        package var waits: WaitTally
        package var traffic: TrafficTally
        package var violation: Violation?

        /// The number of faults of each kind that began.
        package var faults: [String: UInt64] {
            Dictionary(begun.map { ($0.kind.rawValue, 1) }, uniquingKeysWith: +)
        }
    }

    private let world: World

    /// Builds the episode's world.
    package init(
        cast: Cast, settings: EpisodeSettings,
        trace: ((_ time: UInt64, _ node: Int, _ what: String) -> Void)? = nil
    ) {
        world = World(cast: cast, settings: settings)
        world.trace = trace
    }

    /// Runs the episode to its end, or to the first violation.
    package func run() -> Result {
        let settings = world.settings
        let frequency = settings.profile.frequency
        let healing = World.firstBlock / frequency * frequency + (settings.windows + 1) * frequency
        // Actions in progress before the healing may keep wallets busy for two windows.
        let first = BlockNumber(healing + 3 * frequency)
        let last = BlockNumber(healing + settings.healedWindows * frequency)
        var violation: Violation?
        do throws(Violation) {
            try world.run(to: healing)
            if settings.healedWindows > 0 {
                world.heal()
                try world.run(to: healing + settings.healedWindows / 2 * frequency + 1)
                world.rest()
            }
            try world.run(to: last.rawValue + 2 * frequency)
            try world.at { () throws(Invariant.Breach) in
                try world.monitor.healed(from: first, to: last)
                try world.monitor.conserved(world.bitcoin)
            }
        } catch {
            violation = error
        }
        let tally = world.monitor.tally
        return Result(
            seed: settings.seed, digest: world.log.digest, steps: world.steps, inputs: world.inputs,
            windows: tally.windows, lost: tally.lost, lostByWallet: tally.lostByWallet,
            agreedTwice: tally.agreedTwice, arranged: world.arranged, messages: world.network.messages,
            bytes: world.network.bytes,
            transactions: tally.transactions, outcomes: tally.outcomes,
            charges: Dictionary(uniqueKeysWithValues: tally.faults.map { ($0.name, $1) }),
            led: tally.led, begun: world.director.begun, waits: world.monitor.waits, traffic: world.traffic,
            violation: violation)
    }
}
