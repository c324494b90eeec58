import Daemon
import Program

extension CommandFailure {
    /// Makes a command failure of the daemon's refusal, with its own exit code.
    init(_ failure: DaemonFailure) {
        self.init(failure.reason, cause: failure.cause, fix: failure.fix)
    }
}
