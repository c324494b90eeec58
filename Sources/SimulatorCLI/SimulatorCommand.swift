package import ArgumentParser
import Program

/// `coord-sim`: simulates the whole protocol. The commands are a library, so that tests can call them.
package struct SimulatorCommand: ProgramCommand {
    package static let configuration = CommandConfiguration(
        commandName: "coord-sim",
        abstract: "Plays wallets' coordination, with every fault we can name, on the daemon's own machines.",
        subcommands: [
            FairnessCommand.self, ReplayCommand.self, RunCommand.self, ScaleCommand.self, ShrinkCommand.self,
            SweepCommand.self,
        ])

    /// Required by the argument parser.
    package init() {}
}
