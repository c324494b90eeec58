package import ArgumentParser
import Program
import Simulation

/// `coord-sim scale`: what a window costs many operators in many wallets, by full mesh and by gossip, from measured messages.
package struct ScaleCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "scale", abstract: "debug")
    package init() {}
    package func run() async throws {
        let pool = try EpisodePool(jobs: 2)
        for n in [5, 7, 10, 15, 20, 30] {
            let plan = SweepPlan(operators: [n], down: [0], loss: [0], reserves: [2], windows: 64, seed: 1)
            let row = try await pool.row(plan.cells[0], plan.settings(of: plan.cells[0]))
            let w = Double(row.windows)
            print(n, row.windows, row.messages, row.bytes, ScaleModelDebug.all(row, w))
        }
    }
}
