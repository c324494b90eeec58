import Coordination
import Primitives

/// A named arrangement: fixed sizes and faults, and demands that it must meet besides the promises of every run.
///
/// Operators and CI know a story by its name (durability-and-events.md §10, `sim:`). Only stories with all parts built
/// have a name.
package enum Scenario: String, CaseIterable, Sendable {
    case badSource = "bad-source"
    case bitcoinReorg = "bitcoin-reorg"
    case crashSwarm = "crash-swarm"
    case laggingBitcoin = "lagging-bitcoin"
    case lateJoiner = "late-joiner"
    case mixedVersion = "mixed-version"
    case onePoisoned = "one-poisoned"
    case splitHostView = "split-host-view"

    /// The settings of a scenario's run. Settings that are not named here are as in every other run.
    package struct Plan: Sendable {
        /// A description in one line.
        package let story: String
        package var operators = 5
        package var wallets = 1
        package var faults: Set<InjectedFault> = []
        /// The number of operators that the faults hit, drawn for each episode; nil for any.
        var victims: Int?
        var poisonedWallets = 0
        var latecomersAfter: UInt64?
        var deepestBitcoinReorg: Int?
        /// The demands on every episode.
        package var demands: [Demand]
    }

    /// A demand on every episode.
    package enum Demand: Sendable, Hashable {
        /// Every window of every wallet that is not poisoned is agreed.
        case everyWindow
        /// Every operator sees every window agreed, and every agreed action done.
        case everybodyAgrees
        /// No operator is charged with more than idleness.
        case idlenessOnly
    }

    /// A demand that was not met, with a description.
    package struct Unmet: Sendable, Hashable {
        /// The demand; nil where the scenario did not happen at all.
        package let demand: Demand?
        package let what: String

        /// Describes an unmet demand.
        package init(demand: Demand?, what: String) {
            self.demand = demand
            self.what = what
        }
    }

    /// The table of scenarios.
    package var plan: Plan {
        switch self {
        case .badSource:
            Plan(
                story: "one operator's sources err; no window is lost",
                faults: [
                    .wrongHash, .indexHole, .staleBranch, .staleHeads, .silentHeads, .headGap, .wrongBitcoin,
                    .bitcoinSilent,
                ], victims: 1, demands: [.everyWindow])
        case .bitcoinReorg:
            Plan(
                story: "1 to 8 Bitcoin blocks are replaced, again and again; no window is lost", wallets: 2,
                faults: [.bitcoinReorg], deepestBitcoinReorg: 8, demands: [.everyWindow, .idlenessOnly])
        case .crashSwarm:
            Plan(
                story: "operators die at random points and disks fail; nobody is charged with more than idleness",
                faults: InjectedFault.preset("crash-swarm") ?? [], demands: [.idlenessOnly])
        case .laggingBitcoin:
            Plan(
                story: "two of five operators see Bitcoin as it was 7 blocks ago; no window is lost",
                faults: [.bitcoinLag], victims: 2, demands: [.everyWindow, .idlenessOnly])
        case .lateJoiner:
            Plan(
                story: "in every window one operator is linked to the others late in the active phase, and still votes",
                latecomersAfter: 7, demands: [.everyWindow, .everybodyAgrees])
        case .mixedVersion:
            Plan(
                story: "nobody understands what one operator sends; no window is lost", faults: [.mixedVersion],
                victims: 1, demands: [.everyWindow, .idlenessOnly])
        case .onePoisoned:
            Plan(
                story: "one wallet of ten fails at everybody; the nine others keep every window", wallets: 10,
                poisonedWallets: 1, demands: [.everyWindow, .idlenessOnly])
        case .splitHostView:
            Plan(
                story: "two of five operators see another host chain; no window is lost",
                faults: [.wrongHash, .staleBranch], victims: 2, demands: [.everyWindow])
        }
    }

    /// The scenario with the name nearest to another; nil where no name is near.
    package static func nearest(to name: String) -> String? { allCases.map(\.rawValue).nearest(to: name) }

    // MARK: - What must be seen

    /// The first demand that an episode does not meet.
    package func unmet(by result: Episode.Result) -> Unmet? {
        for demand in plan.demands {
            if let what = breach(of: demand, in: result) { return Unmet(demand: demand, what: what) }
        }
        return nil
    }

    private func breach(of demand: Demand, in result: Episode.Result) -> String? {
        switch demand {
        case .everyWindow:
            let lost = result.lostByWallet.dropFirst(plan.poisonedWallets).reduce(0, +)
            return lost == 0 ? nil : "\(lost) windows are lost"
        case .everybodyAgrees:
            let good = OutcomeCode.good.map(\.rawValue)
            let other = result.outcomes.keys.filter { !good.contains($0) }.sorted()
            return other.isEmpty ? nil : "somebody saw a window end as \(other.joined(separator: ", "))"
        case .idlenessOnly:
            let other = result.charges.keys.filter { $0 != FaultReason.leaderIdleness.rawValue }.sorted()
            return other.isEmpty ? nil : "somebody is charged with \(other.joined(separator: ", "))"
        }
    }

    /// The first requirement that a finished run missed: its faults must happen, and poisoned wallets must lose windows.
    package func unmet(by sums: SimulationRun.Sums) -> Unmet? {
        let made = sums.faults.values.reduce(0, +) + sums.arranged
        if made == 0 { return Unmet(demand: nil, what: "nothing of it happened in \(sums.windows) windows") }
        guard plan.poisonedWallets > 0, sums.lostByWallet.prefix(plan.poisonedWallets).contains(0) else { return nil }
        return Unmet(demand: nil, what: "a poisoned wallet lost no window")
    }
}

extension Scenario {
    /// Arranges an episode.
    func arrange(_ episode: inout EpisodeSettings) {
        let plan = plan
        episode.victims = plan.victims
        episode.poisonedWallets = plan.poisonedWallets
        episode.latecomersAfter = plan.latecomersAfter
        // With one kind or few, a fault begins in about every other window.
        if plan.faults.count < 3 { episode.faultsPerThousandWindows = 500 }
        if let deepest = plan.deepestBitcoinReorg {
            episode.deepestBitcoinReorg = deepest
            // A reorganisation that undoes a settled transaction halts its wallet (durability-and-events.md §1.1).
            episode.profile.settleConfirmations = UInt64(deepest + 1)
        }
    }
}

extension SimulationRun.Settings {
    /// The settings of a scenario.
    package init(_ scenario: Scenario) {
        self.init()
        self.scenario = scenario
        let plan = scenario.plan
        operators = plan.operators
        threshold = plan.operators / 2 + 1
        wallets = plan.wallets
        faults = plan.faults
    }
}
