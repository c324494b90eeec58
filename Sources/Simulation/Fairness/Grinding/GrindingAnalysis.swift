import Coordination
import Primitives

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Measures the gain from picking among block hashes. The seed rests on one hash, and the maker of that block can
/// influence it.
///
/// With `p` the chance of a goal, `k` hashes give `1 - (1 - p)^k`. Withholding gives one more try and then no choice:
/// `p + (1 - p) p`, the same as two hashes. It costs `1 - p` blocks a window.
package struct GrindingAnalysis: Sendable {
    /// The numbers of hashes that a builder tries.
    package static let hashes = [1, 2, 4, 16, 256]

    private let plan: FairnessPlan
    private let profile = ProtocolProfile.mainnet

    /// Prepares the analysis for the numbers of operators of a plan, over as many hashes as it has windows.
    package init(plan: FairnessPlan) { self.plan = plan }

    /// Computes and counts; reports the completed share after every number of operators.
    package func rows(progress: (Double) -> Void = { _ in }) -> [GrindingRow] {
        var rows: [GrindingRow] = []
        for (index, operators) in plan.operators.enumerated() {
            let group = FairnessGroups(operators: operators, seed: plan.seed)
            rows += GrindingGoal.allCases.map { withholding(of: group, for: $0) }
            for builder in builders(of: group) {
                rows += zip(GrindingGoal.allCases, builder.windowsMet).map { goal, met in
                    builderRow(operators, hashes: builder.hashes, goal, met: met)
                }
            }
            progress(Double(index + 1) / Double(plan.operators.count))
        }
        return rows
    }

    private struct Builder {
        let hashes: Int
        // Both are indexed by the goals' places among all cases.
        var found = [Bool](repeating: false, count: GrindingGoal.allCases.count)
        var windowsMet = [Int](repeating: 0, count: GrindingGoal.allCases.count)
    }

    /// One row of hashes serves every builder: each takes the next hashes for its window.
    private func builders(of groups: FairnessGroups) -> [Builder] {
        let goals = GrindingGoal.allCases
        var chain = FairnessChain(seed: plan.seed, concern: .builders)
        var builders = Self.hashes.map { Builder(hashes: $0) }
        for index in 0..<plan.windows {
            let election = elect(groups.equal, chain.next(), window: index)
            for (place, goal) in goals.enumerated() where goal.isMet(by: election, for: groups.holder) {
                for builder in builders.indices { builders[builder].found[place] = true }
            }
            for builder in builders.indices where (index + 1).isMultiple(of: builders[builder].hashes) {
                for place in goals.indices where builders[builder].found[place] {
                    builders[builder].windowsMet[place] += 1
                    builders[builder].found[place] = false
                }
            }
        }
        return builders
    }

    private func builderRow(_ operators: Int, hashes: Int, _ goal: GrindingGoal, met: Int) -> GrindingRow {
        let chance = goal.chance(operators: operators, profile: profile)
        let windows = plan.windows / hashes
        return GrindingRow(
            operators: operators, power: .builder(hashes: hashes), goal: goal,
            exact: -expm1(Double(hashes) * log1p(-chance)), measured: Double(met) / Double(windows),
            windows: windows, exactWithheld: nil, measuredWithheld: nil)
    }

    /// Simulates windows block by block: the proposer looks at its own block's hash, and publishes the block or leaves
    /// the number to the next proposer.
    private func withholding(of groups: FairnessGroups, for goal: GrindingGoal) -> GrindingRow {
        var chain = FairnessChain(seed: plan.seed, concern: .withholding)
        let windows = plan.windows / 2
        var met = 0
        var withheld = 0
        for window in 0..<windows {
            if goal.isMet(by: elect(groups.equal, chain.next(), window: window), for: groups.holder) {
                met += 1
                continue
            }
            withheld += 1
            if goal.isMet(by: elect(groups.equal, chain.next(), window: window), for: groups.holder) { met += 1 }
        }
        let chance = goal.chance(operators: groups.operators.count, profile: profile)
        return GrindingRow(
            operators: groups.operators.count, power: .withholding, goal: goal, exact: chance + (1 - chance) * chance,
            measured: Double(met) / Double(windows), windows: windows, exactWithheld: 1 - chance,
            measuredWithheld: Double(withheld) / Double(windows))
    }

    private func elect(_ group: SigningGroup, _ hash: Hash32, window: Int) -> Election {
        Election(
            wallet: group.wallet, safeBlockHash: hash, window: WindowIndex(UInt64(window + 1)),
            operators: group.operators, profile: profile)
    }
}
