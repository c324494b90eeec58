/// The reason that a command ends: one of its own, or wrong usage.
package enum ExitReason: Hashable, Sendable, CustomStringConvertible {
    case failure(CommandReason)
    case usage(UsageReason)

    /// The exit code of wrong usage, in every command.
    package static let usageCode: Int32 = 3

    /// The exit code (docs/cli.md).
    package var exitCode: Int32 {
        switch self {
        case .failure(let reason): reason.exitCode
        case .usage: Self.usageCode
        }
    }

    /// The reason's id.
    package var description: String {
        switch self {
        case .failure(let reason): reason.description
        case .usage(let reason): reason.description
        }
    }
}
