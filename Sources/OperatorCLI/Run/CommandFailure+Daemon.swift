import Daemon
import Program

extension CommandFailure {
    /// A refusal of the daemon's, with its own exit code.
    init(_ failure: DaemonFailure) {
        self.init(failure.reason, cause: failure.cause, fix: failure.fix)
    }
}
