/// Why a configuration is refused: exit 10 (durability-and-events.md CF1).
package enum ConfigurationFailure: Error, Hashable, Sendable {
    /// The file cannot be read.
    case unreadable(path: String)
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
    /// A source that the environment does not allow: the reason's id, the key, and why.
    case source(reason: String, String, String)

    /// The stable id of the reason (docs/reasons.md).
    package var reason: String { if case .source(let reason, _, _) = self { reason } else { "configuration" } }

    /// What is wrong, for a person.
    package var cause: String {
        switch self {
        case .unreadable(let path): "\(path) cannot be read"
        case .syntax(let line, let text): "line \(line): \(text)"
        case .unknown(let key, let nearest):
            "there is no key \(key)" + (nearest.map { "; the nearest is \($0)" } ?? "")
        case .type(let key, let expected): "\(key) takes \(expected)"
        case .value(let key, let text): "\(key): \(text)"
        case .missing(let key): "\(key) must be given"
        case .range(let key, let value, let range):
            "\(key): \(value) is outside \(range.lowerBound) to \(range.upperBound)"
        case .empty(let name): "the variable \(name) is empty; unset it, or give it a value"
        case .source(_, let key, let text): "\(key): \(text)"
        }
    }
}
