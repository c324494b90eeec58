package enum JSONValue: Hashable, Sendable {
    case null, bool(Bool), number(String), string(String), array([JSONValue]), object([String: JSONValue])
}
