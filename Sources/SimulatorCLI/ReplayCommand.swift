package import ArgumentParser
import Primitives
import Program
import Simulation

/// `coord-sim replay`: replays one episode of a run, or a window of a real node, and prints every event.
package struct ReplayCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Plays one episode, or a window that coord exported, again and tells what everybody writes down.")

    @Argument(
        help: ArgumentHelp(
            "A file of `coord window export`; without one an episode is played.", valueName: "BUNDLE"))
    var bundle: String?

    @Option(
        name: .customLong("edit"),
        help: ArgumentHelp(
            "Of a bundle: play it as if drop:N (what line N told never came), delay:N:MS, silent:OPERATOR, restart:N, continue:N (no"
                + " restart there), set:FIELD=NUMBER (of the profile). May be given several times.", valueName: "EDIT"))
    var edits: [String] = []

    @Flag(help: "Of a bundle: play nothing, list its lines with their numbers.")
    var lines = false

    @OptionGroup var options: SimulationOptions

    @Option(help: "The episode, as a failing run names it. Default: 0.")
    var episode: UInt64?

    @Flag(help: "Tell nothing, only say how it ended.")
    var quiet = false

    /// Required by the argument parser.
    package init() {}

    /// Runs the replay.
    package func run() throws {
        if let bundle {
            try requireNoEpisode()
            let command = BundleReplay(path: bundle, edits: edits, isQuiet: quiet)
            return try lines ? command.list() : command.play()
        }
        guard edits.isEmpty, !lines else {
            throw CommandFailure.usage(
                .bundle, "--edit and --lines are about a bundle, and none is given",
                fix: "name a file that `coord window export` wrote")
        }
        try playEpisode()
    }

    private func playEpisode() throws {
        let run = try SimulationOptions.run(try options.settings())
        let isQuiet = quiet
        let number = episode ?? 0
        let lines = TraceLines()
        let result = run.playing(number) { time, node, what in
            guard !isQuiet else { return }
            lines.line("\(BundleReplay.seconds(time)) \(node < 0 ? "world" : "operator \(node)") \(what)")
        }
        try lines.finish()
        try Output.line("digest \(result.digest)")
        if let violation = result.violation {
            throw SimulationOptions.failure(of: violation, in: run.settings, episode: number)
        }
        if let unmet = run.settings.scenario?.unmet(by: result) {
            throw SimulationOptions.failure(of: unmet, in: run.settings, episode: number)
        }
    }

    /// Refuses options of an episode, since a bundle already determines the replay.
    private func requireNoEpisode() throws(CommandFailure) {
        guard options.fixed == nil, options.seed == nil, options.scenario == nil, episode == nil else {
            throw .usage(
                .bundle, "a bundle says what is played, and so do the options of an episode",
                fix: "give either the file or the options")
        }
    }
}
