package import Primitives

/// Why a configuration is refused: exit 10 (durability-and-events.md CF1).
package enum ConfigurationFailure: Error, Hashable, Sendable {
    /// The file cannot be read, and why.
    case unreadable(path: String, String)
    /// The text is no TOML; the line as the parser counts it.
    case syntax(line: Int, String)
    /// A key, section or variable that there is not, with the nearest that there is.
    case unknown(String, nearest: String?)
    /// A value of another type than the key takes.
    case type(String, expected: String)
    /// A value that breaks the key's rule.
    case value(String, String)
    /// A key that must be given.
    case missing(String)
    /// A number outside its range.
    case range(String, value: String, ClosedRange<UInt64>)
    /// A variable that is set to nothing.
    case empty(String)
    /// A source that the environment does not allow: the reason, the key, and why.
    case source(reason: CommandReason, String, String)

    /// The reason (docs/reasons.md).
    package var reason: CommandReason { if case .source(let reason, _, _) = self { reason } else { .configuration } }

    /// What is wrong, for a person. A value that one of these variables gave is told by the variable's name.
    package func cause(variables: [String: String] = [:]) -> String {
        func named(_ key: String) -> String {
            let name = ConfigurationReader.variableName(key)
            return variables[name] == nil ? key : "the variable \(name)"
        }
        return switch self {
        case .unreadable(let path, let why): "\(path) cannot be read: \(why)"
        case .syntax(let line, let text): "line \(line): \(text)"
        case .unknown(let key, let nearest):
            "there is no key \(key)" + (nearest.map { "; the nearest is \($0)" } ?? "")
        case .type(let key, let expected): "\(named(key)) takes \(expected)"
        case .value(let key, let text): "\(named(key)): \(text)"
        case .missing(let key): "\(key) must be given"
        case .range(let key, let value, let range):
            "\(named(key)): \(value) is outside \(range.lowerBound) to \(range.upperBound)"
        case .empty(let name): "the variable \(name) is empty; unset it, or give it a value"
        case .source(_, let key, let text): "\(key): \(text)"
        }
    }

    /// What to do.
    package var fix: String {
        switch self {
        case .unreadable: "give the node's configuration file: --config FILE"
        case .syntax: "mend the line; the file is TOML"
        case .unknown, .type, .value, .missing, .range, .empty, .source:
            "mend it: docs/configuration.md describes every key"
        }
    }
}
