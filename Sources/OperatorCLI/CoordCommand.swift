package import ArgumentParser
import Program

/// `coord`: one operator's program. The commands are a library, so that tests can call them.
package struct CoordCommand: ProgramCommand {
    package static let configuration = CommandConfiguration(
        commandName: "coord",
        abstract: "Coordinates Bitcoin wallets that a group of operators holds together.",
        version: Build.version,
        subcommands: [DevNetCommand.self, LeaderCommand.self, RunCommand.self, WalletCommand.self, WindowCommand.self])

    /// Required by the argument parser.
    package init() {}

}

/// The identity of this build.
package enum Build {
    /// The version of the program.
    package static let version = "0.1.0"
}
