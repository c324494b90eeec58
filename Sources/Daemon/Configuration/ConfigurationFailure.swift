package import Primitives

/// The reason for which a configuration is refused: exit 10 (durability-and-events.md CF1).
package enum ConfigurationFailure: Error, Hashable, Sendable {
    /// The file cannot be read, with the reason.
    case unreadable(path: String, String)
    /// The text is not TOML, with the line as the parser counts it.
    case syntax(line: Int, String)
    /// A key, section or variable is unknown, with the nearest known one.
    case unknown(String, nearest: String?)
    /// A value has another type than its key.
    case type(String, expected: String)
    /// A value breaks its key's rule.
    case value(String, String)
    /// A required key is missing.
    case missing(String)
    /// A number is outside its range.
    case range(String, value: String, ClosedRange<UInt64>)
    /// A variable is set to the empty text.
    case empty(String)
    /// The environment does not allow the source: the reason id, the key, and the cause.
    case source(reason: CommandReason, String, String)

    /// The reason (docs/reasons.md).
    package var reason: CommandReason { if case .source(let reason, _, _) = self { reason } else { .configuration } }

    /// The cause as text for the operator. A value that came from one of these variables is called by the variable's
    /// name.
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

    /// The remedy as text for the operator.
    package var fix: String {
        switch self {
        case .unreadable: "give the node's configuration file: --config FILE"
        case .syntax: "mend the line; the file is TOML"
        case .unknown, .type, .value, .missing, .range, .empty, .source:
            "mend it: docs/configuration.md describes every key"
        }
    }
}
