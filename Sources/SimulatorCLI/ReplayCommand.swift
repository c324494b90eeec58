package import ArgumentParser
import Program
import Simulation

/// `coord-sim replay`: plays one episode of a run again, telling of every event.
package struct ReplayCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Plays one episode again and tells what everybody writes down.")

    @OptionGroup var options: SimulationOptions

    @Option(help: "The episode, as a failing run names it.")
    var episode: UInt64 = 0

    @Flag(help: "Tell nothing, only say how it ended.")
    var quiet = false

    /// Needed by the parser.
    package init() {}

    /// Plays it.
    package func run() throws {
        let run = try SimulationOptions.run(try options.settings())
        let isQuiet = quiet
        let result = run.playing(episode) { time, node, what in
            guard !isQuiet else { return }
            let seconds = "\(time / 1_000).\(String(1_000 + time % 1_000).dropFirst())"
            Output.line("\(seconds) \(node < 0 ? "world" : "operator \(node)") \(what)")
        }
        Output.line("digest \(result.digest)")
        if let violation = result.violation {
            throw SimulationOptions.failure(of: violation, in: run.settings, episode: episode)
        }
        if let unmet = run.settings.scenario?.unmet(by: result) {
            throw SimulationOptions.failure(of: unmet, in: run.settings, episode: episode)
        }
    }
}
