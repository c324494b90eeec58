import Daemon
import Foundation
import Program

extension DaemonConfiguration {
    /// Reads the file that `--config` names, overridden by the environment. A refused file ends the program with exit
    /// code 10 (docs/cli.md).
    init(file: String) throws(CommandFailure) {
        let variables = ProcessInfo.processInfo.environment
        do throws(ConfigurationFailure) {
            try self.init(path: file, variables: variables)
        } catch {
            throw CommandFailure(
                error.reason, cause: error.cause(variables: variables), fix: error.fix)
        }
    }
}
