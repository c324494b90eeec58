/// Why a command did not do what it was asked: reason, cause and fix in three lines (operator-experience.md §2).
package struct CommandFailure: Error, Hashable, Sendable {
    /// The exit code of wrong usage, in every command.
    package static let usageCode: Int32 = 3

    package let exitCode: Int32
    /// The stable id of the reason.
    package let reason: String
    package let cause: String
    package let fix: String

    /// Describes a failure.
    package init(exitCode: Int32 = 1, reason: String, cause: String, fix: String) {
        self.exitCode = exitCode
        self.reason = reason
        self.cause = cause
        self.fix = fix
    }

    /// Describes wrong usage.
    package static func usage(_ reason: String, _ cause: String, fix: String) -> CommandFailure {
        CommandFailure(exitCode: usageCode, reason: reason, cause: cause, fix: fix)
    }

    /// The three lines.
    package var text: String { "error: \(reason)\ncause: \(cause)\nfix:   \(fix)" }
}
