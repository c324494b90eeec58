import Foundation
import Program
import Simulation

/// The folder of a report: made if it is missing, its page written whole or not at all, over whatever stood there.
struct ReportFolder {
    /// The one file.
    static let page = "index.html"

    private let url: URL

    /// Takes the path and makes the folder, before anything is played; says so where no page can be written.
    init(path: String) throws(CommandFailure) {
        guard !path.isEmpty else { throw Self.failure(path, "it has no name") }
        url = URL(fileURLWithPath: path, isDirectory: true)
        let files = FileManager.default
        do {
            try files.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw Self.failure(path, "the folder cannot be made")
        }
        var isFolder: ObjCBool = false
        let page = url.appendingPathComponent(Self.page).path
        guard files.isWritableFile(atPath: url.path) else { throw Self.failure(path, "the folder cannot be written") }
        guard !(files.fileExists(atPath: page, isDirectory: &isFolder) && isFolder.boolValue) else {
            throw Self.failure(path, "\(Self.page) in it is a folder")
        }
    }

    /// Writes the page: to a file beside it, which then takes its name.
    func write(_ page: ReportPage) throws(CommandFailure) {
        do {
            try Data(page.html.utf8).write(to: url.appendingPathComponent(Self.page), options: .atomic)
        } catch {
            throw Self.failure(url.path, "\(Self.page) cannot be written: \(error.localizedDescription)")
        }
    }

    private static func failure(_ path: String, _ what: String) -> CommandFailure {
        .usage("report", "--report \(path): \(what)", fix: "give a folder that can be made and written")
    }
}

extension ReportGrid {
    /// Plays the runs that a report compares.
    static func played(
        seed: UInt64, windows: UInt64, by pool: EpisodePool
    ) async throws -> ReportGrid {
        var progress = ProgressLine(elections: nil)
        let plans = [Self.loss(seed: seed, windows: windows), Self.cost(seed: seed, windows: windows)]
        let total = plans.reduce(0) { $0 + $1.cells.count }
        var rows: [[SweepRow]] = []
        for plan in plans {
            var played: [SweepRow] = []
            for cell in plan.cells {
                var settings = plan.settings(of: cell)
                settings.episodeWindows = min(settings.episodeWindows, plan.windows)
                played.append(try await pool.row(cell, settings))
                progress.show(Double(rows.reduce(0) { $0 + $1.count } + played.count) / Double(total))
            }
            rows.append(played)
        }
        return ReportGrid(loss: rows[0], cost: rows[1])
    }
}

extension EpisodePool {
    /// Plays a cell of a grid.
    func row(_ cell: SweepPlan.Cell, _ settings: SimulationRun.Settings) async throws -> SweepRow {
        let run = try SimulationOptions.run(settings)
        var row = SweepRow(cell)
        var episode: UInt64 = 0
        try await play(run, count: settings.episodes) { result in
            if let violation = result.violation {
                throw SimulationOptions.failure(of: violation, in: settings, episode: episode)
            }
            row.add(result)
            episode += 1
            return true
        }
        return row
    }
}
