import Coordination
package import Primitives

/// Many episodes of one seed, one after the other: their sums, and the first violation.
package struct SimulationRun: Sendable {
    /// The settings of a run.
    package struct Settings: Hashable, Sendable {
        /// The scenario of the run, if it is one.
        package var scenario: Scenario?
        package var operators = 5
        /// The seats of every wallet; nil for one for each operator.
        package var seats: Int?
        /// The number of seats that must sign.
        package var threshold = 3
        package var wallets = 1
        package var windows: UInt64 = 1_000
        package var seed: UInt64 = 1
        package var faults: Set<InjectedFault> = InjectedFault.preset("swarm") ?? []
        /// Whether operators and wallets sign on the curve, rather than by ideal functionalities.
        package var realSignatures = false
        /// Faults that do not begin although they were drawn.
        package var suppressed: Set<FaultInstance> = []
        /// Operators that lie in every window, the first of the cast.
        package var liars = 0
        /// The windows of an episode with faults, and those after the healing.
        package var episodeWindows = EpisodeSettings(seed: 0).windows
        package var healedWindows = EpisodeSettings(seed: 0).healedWindows
        /// The share of messages that the network always loses, in parts of 1,000.
        package var loss: UInt64 = 0
        /// Operators whose process never starts, the last of the cast.
        package var operatorsDown = 0
        /// The number of operators in reserve behind a window's leader.
        package var reserveLeaders = EpisodeSettings(seed: 0).profile.reserveLeaders

        /// Makes the default settings.
        package init() {}

        /// The settings of one of the run's episodes.
        package func episode(_ index: UInt64) -> EpisodeSettings {
            var random = SeededRandom(seed: seed, concern: index)
            var episode = EpisodeSettings(seed: random.next())
            episode.faults = faults
            episode.suppressed = suppressed
            episode.liars = liars
            episode.windows = episodeWindows
            episode.healedWindows = healedWindows
            episode.loss = loss
            episode.operatorsDown = operatorsDown
            episode.profile.reserveLeaders = reserveLeaders
            scenario?.arrange(&episode)
            return episode
        }

        /// The number of seats of a wallet.
        package var seatCount: Int { seats ?? operators }

        /// The number of episodes that hold the run's windows.
        package var episodes: UInt64 {
            let one = episodeWindows + healedWindows
            return max(1, (windows + one - 1) / one)
        }
    }

    package let settings: Settings
    package let cast: Cast
    /// The number of episodes run so far.
    package private(set) var played: UInt64 = 0
    package private(set) var sums = Sums()
    /// The first violation, with its episode.
    package private(set) var violation: (episode: UInt64, Violation)?
    /// The first demand of the scenario that an episode did not meet.
    package private(set) var unmet: (episode: UInt64, Scenario.Unmet)?

    /// The sums of all episodes run so far.
    package struct Sums: Sendable {
        package var windows: UInt64 = 0
        package var lost: UInt64 = 0
        /// The lost windows of each wallet.
        package var lostByWallet: [UInt64] = []
        /// Windows in which two digests were agreed, because too many operators lied.
        package var agreedTwice: UInt64 = 0
        /// How often a scenario's own arrangement took effect.
        package var arranged: UInt64 = 0
        package var steps: UInt64 = 0
        package var inputs: UInt64 = 0
        package var messages: UInt64 = 0
        package var bytes: UInt64 = 0
        package var transactions: UInt64 = 0
        package var outcomes: [String: UInt64] = [:]
        package var charges: [String: UInt64] = [:]
        package var faults: [String: UInt64] = [:]
        /// By operator: the windows that it led.
        package var led: [UInt64] = []
        package var waits = WaitTally()
        package var timeline = OutcomeTimeline()
        /// `SHA-256(digest before ‖ digest of the episode)`, starting from zero.
        package var digest = Hash32.zero

        mutating func add(_ result: Episode.Result) {
            windows += result.windows
            lost += result.lost
            if lostByWallet.isEmpty { lostByWallet = Array(repeating: 0, count: result.lostByWallet.count) }
            for (place, count) in result.lostByWallet.enumerated() { lostByWallet[place] += count }
            agreedTwice += result.agreedTwice
            arranged += result.arranged
            steps += result.steps
            inputs += result.inputs
            messages += result.messages
            bytes += result.bytes
            transactions += result.transactions
            outcomes.merge(result.outcomes, uniquingKeysWith: +)
            charges.merge(result.charges, uniquingKeysWith: +)
            faults.merge(result.faults, uniquingKeysWith: +)
            if led.isEmpty { led = Array(repeating: 0, count: result.led.count) }
            for (place, count) in result.led.enumerated() { led[place] += count }
            waits.add(result.waits)
            timeline.add(result.outcomes, windows: result.windows)
            digest = sha256(digest.bytes + result.digest.bytes)
        }
    }

    /// Draws the cast.
    ///
    /// - Throws: ``Cast/Failure`` where no operator would be up, the profile breaks a rule, or no such cast exists.
    package init(settings: Settings) throws(Cast.Failure) {
        guard (0..<max(1, settings.operators)).contains(settings.operatorsDown) else {
            throw .operatorsDown(settings.operatorsDown, of: settings.operators)
        }
        if let rule = settings.episode(0).profile.brokenRule { throw .profile(rule) }
        self.settings = settings
        cast = try Cast(
            operators: settings.operators, seats: settings.seats, threshold: settings.threshold,
            wallets: settings.wallets, seed: settings.seed, realSignatures: settings.realSignatures)
    }

    /// Whether no episode is left to run.
    package var isOver: Bool { played == settings.episodes || violation != nil || unmet != nil }

    /// Runs the next episode.
    package mutating func playNext() { add(playing(played)) }

    /// Adds the result of the next episode. Results must come in order, whichever task ran the episode.
    package mutating func add(_ result: Episode.Result) {
        precondition(!isOver, "whoever plays a run asks first whether it is over")
        sums.add(result)
        if let found = result.violation {
            violation = (played, found)
        } else if let found = settings.scenario?.unmet(by: result) {
            unmet = (played, found)
        }
        played += 1
    }

    /// Runs one episode alone, and optionally reports every event.
    package func playing(
        _ episode: UInt64, trace: ((_ time: UInt64, _ node: Int, _ what: String) -> Void)? = nil
    ) -> Episode.Result {
        Episode(cast: cast, settings: settings.episode(episode), trace: trace).run()
    }
}
