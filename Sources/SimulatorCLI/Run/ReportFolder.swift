import Foundation
import Primitives
import Program
import Simulation

/// The folder of a report. It is made if it is missing; its page is written whole or not at all, and replaces an
/// existing one.
struct ReportFolder {
    /// The name of the only file.
    static let page = "index.html"

    private let url: URL

    /// Takes the path and makes the folder before anything is run; fails where no page can be written.
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

    /// Writes the page to a temporary file beside it, then renames the file.
    func write(_ page: ReportPage) throws(CommandFailure) {
        do {
            try Data(page.html.utf8).write(to: url.appendingPathComponent(Self.page), options: .atomic)
        } catch {
            throw Self.failure(url.path, "\(Self.page) cannot be written: \(error.localizedDescription)")
        }
    }

    private static func failure(_ path: String, _ what: String) -> CommandFailure {
        .usage(.report, "--report \(path): \(what)", fix: "give a folder that can be made and written")
    }
}

extension ReportGrid {
    /// Runs the episodes that a report compares.
    static func played(
        seed: UInt64, windows: UInt64, by pool: EpisodePool
    ) async throws -> ReportGrid {
        let plans = [Self.loss(seed: seed, windows: windows), Self.cost(seed: seed, windows: windows)]
        let rows = try await pool.rows(
            plans.flatMap { plan in
                plan.cells.map { cell in
                    var settings = plan.settings(of: cell)
                    settings.episodeWindows = min(settings.episodeWindows, plan.windows)
                    return (cell, settings)
                }
            })
        let count = plans[0].cells.count
        return ReportGrid(loss: Array(rows.prefix(count)), cost: Array(rows.dropFirst(count)))
    }
}

extension ReportPage {
    /// The page of a run with two commands of this program: the one that makes it again, and the one that replays a
    /// violation.
    init(_ run: SimulationRun, grid: ReportGrid?, reportWindows: UInt64) {
        let settings = run.settings
        self.init(
            run, grid: grid,
            command: SimulationOptions.report(settings, windows: settings.windows, reportWindows: reportWindows),
            replay: run.violation.map { SimulationOptions.replay(settings, episode: $0.episode) })
    }
}
