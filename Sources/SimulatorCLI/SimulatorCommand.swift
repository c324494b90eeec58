package import ArgumentParser
import Program

/// `coord-sim`: the whole protocol in a box. The commands are a library, so that tests call them.
package struct SimulatorCommand: ProgramCommand {
    package static let configuration = CommandConfiguration(
        commandName: "coord-sim",
        abstract: "Plays wallets' coordination, with every fault we can name, on the daemon's own machines.",
        subcommands: [
            FairnessCommand.self, ReplayCommand.self, RunCommand.self, ScaleCommand.self, ShrinkCommand.self,
            SweepCommand.self,
        ])

    /// Needed by the parser.
    package init() {}
}
