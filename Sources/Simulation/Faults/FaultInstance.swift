import Coordination
package import Primitives

/// One fault of an episode: its kind, and the window in which it begins. A kind begins at most once in a window.
package struct FaultInstance: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let kind: InjectedFault
    /// The coordination block.
    package let window: BlockNumber

    /// Describes a fault.
    package init(_ kind: InjectedFault, in window: BlockNumber) {
        self.kind = kind
        self.window = window
    }

    /// Parses `kind@window`; nil for any other text.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = InjectedFault(rawValue: String(parts[0])), let window = UInt64(parts[1]),
            String(window) == parts[1]
        else { return nil }
        self.init(kind, in: BlockNumber(window))
    }

    /// `kind@window`, as commands take it.
    package var description: String { "\(kind.rawValue)@\(window)" }

    package static func < (left: FaultInstance, right: FaultInstance) -> Bool {
        (left.window, left.kind) < (right.window, right.kind)
    }
}

/// The faults of an episode. Only its seed, its kinds and its windows decide them, so that leaving a fault out does not
/// change another.
struct FaultPlan {
    /// The kinds of the episode's mix, in their order, each with the number of its generator.
    private let kinds: [(kind: InjectedFault, concern: UInt64)]
    private let seed: UInt64
    private let rate: UInt64
    private let suppressed: Set<FaultInstance>
    private let frequency: UInt64
    /// Faults begin in windows before this block.
    let end: BlockNumber

    init(settings: EpisodeSettings) {
        let seed = settings.seed
        // A swarm: each kind is in the mix with probability one half, so that some runs have only one kind.
        let isMixed = settings.faults.count > 1
        kinds = settings.faults.sorted().map { ($0, Concern.fault($0)) }.filter { _, concern in
            var random = SeededRandom(seed: seed, concern: concern)
            return !isMixed || random.happens(1, in: 2)
        }
        self.seed = seed
        rate = settings.faultsPerThousandWindows
        suppressed = settings.suppressed
        frequency = settings.profile.frequency
        end = BlockNumber(World.firstBlock + settings.windows * frequency)
    }

    /// Whether messages may be replayed.
    var replays: Bool { kinds.contains { $0.kind == .replay } }

    /// Whether the episode's mix has no fault that prevents the signing of an agreed action.
    var leavesSigningPossible: Bool { kinds.allSatisfy { $0.kind.leavesSigningPossible } }

    /// The faults that begin in a window, each with a generator of its own.
    func begin(in window: BlockNumber) -> [(instance: FaultInstance, random: SeededRandom)] {
        guard window < end else { return [] }
        var found: [(instance: FaultInstance, random: SeededRandom)] = []
        for (kind, concern) in kinds {
            var random = SeededRandom(seed: seed, concern: concern &+ window.rawValue)
            guard random.happens(rate, in: 1_000) else { continue }
            let instance = FaultInstance(kind, in: window)
            if !suppressed.contains(instance) { found.append((instance, random)) }
        }
        return found
    }

    /// Every fault of the episode.
    var instances: [FaultInstance] {
        var window = BlockNumber(frequency)
        var all: [FaultInstance] = []
        while window < end {
            if window.rawValue > World.firstBlock { all += begin(in: window).map(\.instance) }
            window = window.adding(frequency)
        }
        return all
    }
}

extension EpisodeSettings {
    /// Whether every agreed action must be signed, whatever the episode's faults.
    var owesSigning: Bool {
        liars == 0 && operatorsDown == 0 && poisonedWallets == 0 && latecomersAfter == nil && loss == 0
            && FaultPlan(settings: self).leavesSigningPossible
    }

    /// Every planned fault of the episode, by window and kind.
    package var plannedFaults: [FaultInstance] { FaultPlan(settings: self).instances }
}

extension Concern {
    /// The base number of a fault's generators: FNV-1a of its name, so that a new kind does not change another. The
    /// window is added.
    fileprivate static func fault(_ kind: InjectedFault) -> UInt64 {
        kind.rawValue.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
