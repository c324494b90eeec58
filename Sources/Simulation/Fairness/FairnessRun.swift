import Coordination
import Primitives

/// The coverage of a run of the fairness tests.
package struct FairnessPlan: Hashable, Sendable {
    /// The number of windows of each configuration, and of numbers drawn for each bound.
    package let windows: Int
    /// The numbers of operators, each with equal and with unequal seats.
    package let operators: [Int]
    /// The seed of the chain, the wallets and the operators.
    package let seed: UInt64

    /// The configurations for which fairness is claimed.
    package static let defaultOperators = [2, 3, 7, 10, 20, 51, 100]
    /// The possible numbers of operators, limited by the seats.
    package static var operatorRange: ClosedRange<Int> { FairnessGroups.sizes }
    /// The numbers of windows that the tables can count.
    package static let windowRange = 1_000...4_000_000_000

    /// Plans a run.
    package init(windows: Int, operators: [Int] = defaultOperators, seed: UInt64) {
        self.windows = windows
        self.operators = operators
        self.seed = seed
    }

    /// The number of elections in the run's windows: three wallets for each configuration.
    package var elections: Int { 3 * windows * operators.count }
}

/// Elects in windows with a block hash each, in every configuration, and runs the tests on all elections.
package struct FairnessRun<Draw: ElectionDraw>: Sendable {
    private let draw: Draw
    private let plan: FairnessPlan

    /// Prepares a run.
    package init(_ draw: Draw, plan: FairnessPlan) {
        self.draw = draw
        self.plan = plan
    }

    /// Runs all tests, and reports the share of completed windows after every piece of work. Memory does not grow.
    package func findings(progress: (Double) -> Void = { _ in }) -> [FairnessFinding] {
        let findings = windowFindings(progress: progress)
        return plan.operators.flatMap { operators in
            findings.filter { $0.operators == operators }
                + ArrangementTests(operators: operators, seed: plan.seed).findings(of: draw)
        } + BoundTests(draws: plan.windows, seed: plan.seed).findings(of: draw)
    }

    /// Runs only the tests of windows.
    package func windowFindings(progress: (Double) -> Void = { _ in }) -> [FairnessFinding] {
        var configurations = plan.operators.map { FairnessConfiguration(operators: $0, seed: plan.seed) }
        var chain = FairnessChain(seed: plan.seed, concern: .chain)
        var done = 0
        while done < plan.windows {
            // In pieces, so that the tables of one configuration stay in the cache while they are filled.
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
