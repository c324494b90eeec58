package import ArgumentParser
import Foundation
import Primitives
import Program
import Simulation

/// `coord-sim run`: runs windows with faults and reports whether every promise held.
package struct RunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Plays windows with faults; exit 10 if safety was broken, 11 if liveness.")

    /// The allowed numbers of windows of a run, and of the short runs of its report.
    static let (windowRange, reportRange): (ClosedRange<UInt64>, ClosedRange<UInt64>) = (
        1...1_000_000_000_000, 1...1_000_000
    )

    @OptionGroup var options: SimulationOptions

    @Option(help: "How many windows to play, rounded up to whole episodes.")
    var windows: UInt64 = 1_000

    @Option(help: "Episodes that are played at a time; the results are the same.")
    var jobs = 1

    @Option(
        help: ArgumentHelp("Also write what came of it, without times: equal seeds, equal files.", valueName: "FILE"))
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Also write a page with plots, without times: equal seeds, equal pages. Plays short runs of its own for some.",
            valueName: "DIR"))
    var report: String?

    @Option(help: "Windows of each of those short runs, rounded up to whole episodes of at most 32.")
    var reportWindows: UInt64 = 256

    /// Required by the argument parser.
    package init() {}

    /// Runs the windows and reports.
    package func run() async throws {
        let (prepared, pool, file) = try settled()
        guard Self.reportRange.contains(reportWindows) else {
            throw CommandFailure.outside(Self.reportRange, .reportWindows, reportWindows, of: "windows")
        }
        let folder = try report.map { path throws(CommandFailure) in try ReportFolder(path: path) }
        var run = prepared
        let began = ContinuousClock.now
        var progress = ProgressLine()
        // At once, because the first episode of a large run takes long.
        progress.show(0)
        let episodes = run.settings.episodes
        try await pool.play(run, count: episodes) { result in
            run.add(result)
            progress.show(run.isOver ? 1 : Double(run.played) / Double(episodes))
            return !run.isOver
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        try Output.line(Self.text(run, seconds: seconds))
        try file?.write(json: RunReport(run))
        if let folder {
            // A bug that breaks a promise in this run may break one there too, and its failure would then hide this
            // report.
            let grid =
                run.violation == nil
                ? try await ReportGrid.played(seed: run.settings.seed, windows: reportWindows, by: pool) : nil
            try folder.write(ReportPage(run, grid: grid, reportWindows: reportWindows))
        }
        if let (episode, violation) = run.violation {
            throw SimulationOptions.failure(of: violation, in: run.settings, episode: episode)
        }
        if let (episode, unmet) = run.unmet {
            throw SimulationOptions.failure(of: unmet, in: run.settings, episode: episode)
        }
        if let unmet = run.settings.scenario?.unmet(by: run.sums) {
            throw SimulationOptions.failure(of: unmet, in: run.settings)
        }
    }

    /// Parses every argument before anything is run.
    func settled() throws -> (run: SimulationRun, pool: EpisodePool, file: ResultFile?) {
        var settings = try options.settings()
        guard Self.windowRange.contains(windows) else {
            throw CommandFailure.outside(Self.windowRange, .windows, windows, of: "windows")
        }
        settings.windows = windows
        let file = try json.map { path throws(CommandFailure) in try ResultFile(path, option: .json) }
        return (try SimulationOptions.run(settings), try EpisodePool(jobs: jobs), file)
    }

    private static func text(_ run: SimulationRun, seconds: Double) -> String {
        let sums = run.sums
        func table(_ counts: [String: UInt64]) -> String {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", ")
        }
        let rate = Double(sums.windows) / seconds
        var made = sums.faults
        if let scenario = run.settings.scenario, sums.arranged > 0 { made[scenario.rawValue] = sums.arranged }
        return """
            seed          \(run.settings.seed)
            windows       \(sums.windows) in \(run.played) episodes, \(sums.lost) without agreement, \(sums.agreedTwice) agreed twice
            outcomes      \(table(sums.outcomes))
            faults made   \(table(made))
            charges       \(table(sums.charges))
            transactions  \(sums.transactions)
            messages      \(sums.messages), \(sums.bytes) bytes
            inputs        \(sums.inputs)
            digest        \(sums.digest)
            speed         \(Int(rate)) windows/s, \(Int(Double(sums.inputs) / seconds)) inputs/s
            """
    }
}
