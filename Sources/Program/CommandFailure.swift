package import Primitives

/// The failure of a command: reason, cause and fix in three lines (operator-experience.md §2).
package struct CommandFailure: Error, Hashable, Sendable {
    package let exitCode: Int32
    /// The stable id of the reason.
    package let reason: String
    package let cause: String
    package let fix: String

    private init(exitCode: Int32, id: String, cause: String, fix: String) {
        self.exitCode = exitCode
        reason = id
        self.cause = cause
        self.fix = fix
    }

    /// Describes a failure.
    package init(_ reason: ExitReason, cause: String, fix: String) {
        self.init(exitCode: reason.exitCode, id: reason.description, cause: cause, fix: fix)
    }

    /// Describes a failure.
    package init(_ reason: CommandReason, cause: String, fix: String) {
        self.init(.failure(reason), cause: cause, fix: fix)
    }

    /// Describes a result file that could not be written, under the id of its option.
    package init(unwritten option: UsageReason, cause: String, fix: String) {
        self.init(exitCode: 1, id: option.rawValue, cause: cause, fix: fix)
    }

    /// Describes a broken promise of the simulator, or a scenario that did not show its expected result, by its name.
    package init(promise name: String, exitCode: Int32, cause: String, fix: String) {
        self.init(exitCode: exitCode, id: name, cause: cause, fix: fix)
    }

    /// Describes wrong usage.
    package static func usage(_ reason: UsageReason, _ cause: String, fix: String) -> CommandFailure {
        CommandFailure(.usage(reason), cause: cause, fix: fix)
    }

    /// The three lines.
    package var text: String { "error: \(reason)\ncause: \(cause)\nfix:   \(fix)" }
}
