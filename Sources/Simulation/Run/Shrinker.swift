package import Primitives

/// Reduces a failing episode to a smaller one that breaks the same promise: fewer windows, fewer kinds of fault, fewer
/// faults (Zeller and Hildebrandt's `ddmin`, 2002), one wallet, fewer seats, fewer operators.
///
/// Every step is run, and kept only if it fails the same way. So its settings alone reproduce the result.
package struct Shrinker {
    /// The failure of a run, as far as shrinking compares it.
    package struct Failure: Hashable, Sendable {
        package let invariant: Invariant
        /// The head of the host chain.
        package let block: BlockNumber

        /// Describes a failure.
        package init(_ invariant: Invariant, at block: BlockNumber) {
            self.invariant = invariant
            self.block = block
        }
    }

    /// A step that made the episode smaller.
    package struct Step: Hashable, Sendable {
        package let what: String
        package let before: Int
        package let after: Int
        /// The number of episodes run for it.
        package let plays: Int
    }

    /// The smallest settings found.
    package private(set) var settings: SimulationRun.Settings
    package let episode: UInt64
    /// The promise that the episode breaks.
    package let failure: Failure
    package private(set) var steps: [Step] = []
    private let play: (SimulationRun.Settings, UInt64) -> Failure?
    private var plays = 0

    /// Takes a failing episode; nil if it does not fail. `play` gives the failure of settings, if they fail.
    package init?(
        settings: SimulationRun.Settings, episode: UInt64,
        play: @escaping (SimulationRun.Settings, UInt64) -> Failure? = Shrinker.play
    ) {
        guard let failure = play(settings, episode) else { return nil }
        self.settings = settings
        self.episode = episode
        self.failure = failure
        self.play = play
    }

    /// Runs an episode; nil where nothing is violated, and for invalid settings.
    package static func play(_ settings: SimulationRun.Settings, _ episode: UInt64) -> Failure? {
        guard let run = try? SimulationRun(settings: settings), let found = run.playing(episode).violation else {
            return nil
        }
        return Failure(found.breach.invariant, at: found.block)
    }

    /// The faults of the smallest settings.
    package var faults: [FaultInstance] { settings.episode(episode).plannedFaults }

    /// Makes the episode smaller until no step helps any more.
    package mutating func run() {
        while true {
            let before = settings
            shrinkWindows()
            shrinkKinds()
            shrinkFaults()
            shrinkCast("wallets", \.wallets, from: 1)
            shrinkCast("operators down", \.operatorsDown, from: 0)
            shrinkCast("liars", \.liars, from: 0)
            shrinkSeats()
            shrinkCast("operators", \.operators, from: 2)
            if settings == before { break }
        }
        // A fault that is no longer drawn need not be suppressed.
        var drawn = settings
        drawn.suppressed = []
        settings.suppressed.formIntersection(drawn.episode(episode).plannedFaults)
    }

    // MARK: - Steps

    private mutating func fails(_ candidate: SimulationRun.Settings) -> Bool {
        plays += 1
        return play(candidate, episode)?.invariant == failure.invariant
    }

    private mutating func keep(_ candidate: SimulationRun.Settings, _ what: String, _ before: Int, _ after: Int) {
        settings = candidate
        if after < before { steps.append(Step(what: what, before: before, after: after, plays: plays)) }
        plays = 0
    }

    private mutating func shrinkWindows() {
        for windows in 1..<max(1, settings.episodeWindows) {
            var candidate = settings
            candidate.episodeWindows = windows
            guard fails(candidate) else { continue }
            keep(candidate, "windows", Int(settings.episodeWindows), Int(windows))
            return
        }
        plays = 0
    }

    /// Leaves out kinds without a fault that begins, then one kind after the other.
    private mutating func shrinkKinds() {
        let before = settings.faults.count
        var candidate = settings
        candidate.faults = Set(faults.map(\.kind))
        candidate.suppressed = candidate.suppressed.filter { candidate.faults.contains($0.kind) }
        if candidate == settings || !fails(candidate) { candidate = settings }
        for kind in candidate.faults.sorted() {
            var smaller = candidate
            smaller.faults.remove(kind)
            smaller.suppressed = smaller.suppressed.filter { $0.kind != kind }
            if fails(smaller) { candidate = smaller }
        }
        keep(candidate, "kinds of fault", before, candidate.faults.count)
    }

    private mutating func shrinkFaults() {
        var kept = faults
        let before = kept.count
        var parts = 2
        while !kept.isEmpty {
            parts = min(parts, kept.count)
            var isSmaller = false
            for part in 0..<parts {
                let range = part * kept.count / parts..<(part + 1) * kept.count / parts
                guard fails(settings.without(kept[range])) else { continue }
                settings = settings.without(kept[range])
                kept.removeSubrange(range)
                parts = max(2, parts - 1)
                isSmaller = true
                break
            }
            guard !isSmaller else { continue }
            guard parts < kept.count else { break }
            parts *= 2
        }
        keep(settings, "faults", before, kept.count)
    }

    /// Leaves out seats, down to one for each operator.
    private mutating func shrinkSeats() {
        let before = settings.seatCount
        for count in settings.operators..<max(settings.operators, before) {
            var candidate = settings
            candidate.seats = count == settings.operators ? nil : count
            candidate.threshold = min(candidate.threshold, count / 2 + 1)
            guard fails(candidate) else { continue }
            keep(candidate, "seats", before, count)
            return
        }
        plays = 0
    }

    private mutating func shrinkCast(
        _ what: String, _ number: WritableKeyPath<SimulationRun.Settings, Int>, from least: Int
    ) {
        let before = settings[keyPath: number]
        for count in least..<max(least, before) {
            var candidate = settings
            candidate[keyPath: number] = count
            candidate.threshold = min(candidate.threshold, candidate.seatCount / 2 + 1)
            guard fails(candidate) else { continue }
            keep(candidate, what, before, count)
            return
        }
        plays = 0
    }
}

extension SimulationRun.Settings {
    fileprivate func without(_ faults: some Sequence<FaultInstance>) -> Self {
        var settings = self
        settings.suppressed.formUnion(faults)
        return settings
    }
}
