package import ArgumentParser
import Primitives
import Program
import Simulation

/// `coord-sim shrink`: reduces a failing episode to a minimal one, and prints the command that replays it.
package struct ShrinkCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "shrink",
        abstract: "Takes a failing episode to the fewest windows, faults and operators that still break the promise.")

    @OptionGroup var options: SimulationOptions

    @Option(help: "The episode, as a failing run names it.")
    var episode: UInt64 = 0

    /// Required by the argument parser.
    package init() {}

    /// Shrinks the episode; an episode that does not fail is a failure of the command.
    package func run() throws {
        if let scenario = options.scenario {
            throw CommandFailure.usage(
                .scenarioFixed, "shrink changes what --scenario \(scenario) fixes", fix: "give the options themselves"
            )
        }
        let settings = try options.settings()
        _ = try SimulationOptions.run(settings)
        guard var shrinker = Shrinker(settings: settings, episode: episode) else {
            throw CommandFailure(
                .shrinkPasses, cause: "the episode keeps every promise",
                fix: "give the options that the failing run printed")
        }
        shrinker.run()
        try Output.line(Self.text(shrinker))
    }

    /// The result as text.
    static func text(_ shrinker: Shrinker) -> String {
        let plays = shrinker.steps.reduce(0) { $0 + $1.plays }
        var lines = ["breaks        \(shrinker.failure.invariant.rawValue) at block \(shrinker.failure.block)"]
        for step in shrinker.steps {
            lines.append("smaller       \(step.what) \(step.before) to \(step.after), \(step.plays) plays")
        }
        lines.append("plays         \(plays)")
        lines.append("faults left   \(shrinker.faults.map(\.description).joined(separator: ", "))")
        lines.append("replay        \(SimulationOptions.replay(shrinker.settings, episode: shrinker.episode))")
        return lines.joined(separator: "\n")
    }
}
