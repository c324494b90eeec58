import Daemon
import Foundation
import Program

extension DaemonConfiguration {
    /// Reads the file that `--config` names, and the environment over it; refused, it is exit 10 (docs/cli.md).
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
