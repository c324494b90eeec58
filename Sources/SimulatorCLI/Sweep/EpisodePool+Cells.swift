import Program
import Simulation

extension EpisodePool {
    /// Runs the cells of a grid, each with its settings, and shows its progress; a violation is a failure.
    func rows(_ cells: [(SweepPlan.Cell, SimulationRun.Settings)]) async throws -> [SweepRow] {
        var progress = ProgressLine()
        var rows: [SweepRow] = []
        for (cell, settings) in cells {
            rows.append(
                try await row(cell, settings) { done in
                    progress.show((Double(rows.count) + done) / Double(cells.count))
                })
        }
        return rows
    }

    /// Runs one cell, and reports its completed share, from 0 to 1, after each episode.
    private func row(
        _ cell: SweepPlan.Cell, _ settings: SimulationRun.Settings, progress: (Double) -> Void
    ) async throws -> SweepRow {
        let run = try SimulationOptions.run(settings)
        var row = SweepRow(cell)
        var played: UInt64 = 0
        try await play(run, count: settings.episodes) { result in
            if let violation = result.violation {
                throw SimulationOptions.failure(of: violation, in: settings, episode: played)
            }
            row.add(result)
            played += 1
            progress(Double(played) / Double(settings.episodes))
            return true
        }
        return row
    }
}
