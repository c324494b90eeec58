package import ArgumentParser
import Foundation
import Primitives

/// The root command of a program. Exit codes and usage errors are the same in all our programs.
package protocol ProgramCommand: AsyncParsableCommand {}

extension ProgramCommand {
    /// Runs the program with its own arguments and ends it with the command's exit code.
    package static func runProgram() async {
        StandardStream.secure()
        await Foundation.exit(main(arguments: Array(CommandLine.arguments.dropFirst())))
    }

    /// Runs a command line and gives its exit code: 0 success, 1 failure, 3 wrong usage (docs/cli.md).
    package static func main(arguments: [String]) async -> Int32 {
        do {
            var command = try parseAsRoot(ArgumentRepair.repaired(arguments))
            // A command that only groups others does nothing by itself; the parser would report success.
            guard type(of: command).configuration.subcommands.isEmpty else {
                Output.error(helpMessage(for: type(of: command)))
                return ExitReason.usageCode
            }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let failure as CommandFailure {
            Output.error(failure.text)
            return failure.exitCode
        } catch {
            // Help and version arrive as errors whose exit code is success; every other error is wrong usage.
            let (text, code) = (fullMessage(for: error), exitCode(for: error))
            guard code == .success || code == .validationFailure else {
                let failure = CommandFailure(
                    .failed, cause: error.systemWords, fix: "report it with the command line")
                Output.error(failure.text)
                return failure.exitCode
            }
            guard code == .success else {
                Output.error(text)
                return ExitReason.usageCode
            }
            do throws(CommandFailure) {
                try Output.line(text)
            } catch {
                Output.error(error.text)
                return error.exitCode
            }
            return 0
        }
    }
}
