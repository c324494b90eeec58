import Coordination
import Primitives

/// What a run of the fairness tests covers.
package struct FairnessPlan: Hashable, Sendable {
    /// How many windows each configuration has, and how many numbers each bound.
    package let windows: Int
    /// The numbers of operators, each with equal and with unequal seats.
    package let operators: [Int]
    /// What the chain, the wallets and the operators are made from.
    package let seed: UInt64

    /// The configurations that fairness is claimed for.
    package static let defaultOperators = [2, 3, 7, 10, 20, 51, 100]
    /// The numbers of operators that there are seats for.
    package static var operatorRange: ClosedRange<Int> { FairnessGroups.sizes }
    /// The numbers of windows that the tables can count.
    package static let windowRange = 1_000...4_000_000_000

    /// Plans a run.
    package init(windows: Int, operators: [Int] = defaultOperators, seed: UInt64) {
        self.windows = windows
        self.operators = operators
        self.seed = seed
    }

    /// How many elections the run's windows hold: three wallets a configuration.
    package var elections: Int { 3 * windows * operators.count }
}

/// Plays windows as they are, a block hash each, in every configuration, and puts all elections to the tests.
package struct FairnessRun<Draw: ElectionDraw>: Sendable {
    private let draw: Draw
    private let plan: FairnessPlan

    /// Prepares a run.
    package init(_ draw: Draw, plan: FairnessPlan) {
        self.draw = draw
        self.plan = plan
    }

    /// Runs all tests, and tells after every piece of work how much of the windows is done. Memory does not grow.
    package func findings(progress: (Double) -> Void = { _ in }) -> [FairnessFinding] {
        let findings = windowFindings(progress: progress)
        return plan.operators.flatMap { operators in
            findings.filter { $0.operators == operators }
                + ArrangementTests(operators: operators, seed: plan.seed).findings(of: draw)
        } + BoundTests(draws: plan.windows, seed: plan.seed).findings(of: draw)
    }

    /// Runs the tests of windows alone.
    package func windowFindings(progress: (Double) -> Void = { _ in }) -> [FairnessFinding] {
        var configurations = plan.operators.map { FairnessConfiguration(operators: $0, seed: plan.seed) }
        var chain = FairnessChain(seed: plan.seed, concern: .chain)
        var done = 0
        while done < plan.windows {
            // In pieces, so that the tables of one configuration stay near while they are filled.
            let hashes = (0..<min(4_096, plan.windows - done)).map { _ in chain.next() }
            for configuration in configurations.indices {
                for (offset, hash) in hashes.enumerated() {
                    configurations[configuration].record(
                        draw, safeBlockHash: hash, window: WindowIndex(UInt64(done + offset + 1)))
                }
            }
            done += hashes.count
            progress(Double(done) / Double(plan.windows))
        }
        return configurations.flatMap { $0.findings(heartbeat: draw.heartbeat) }
    }
}

extension FairnessRun where Draw == ProtocolElection {
    /// Runs all tests on the protocol's own election.
    package static func ofProtocol(
        _ plan: FairnessPlan, progress: (Double) -> Void = { _ in }
    ) -> [FairnessFinding] {
        FairnessRun(ProtocolElection(), plan: plan).findings(progress: progress)
    }
}
