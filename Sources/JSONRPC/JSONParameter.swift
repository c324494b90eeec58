/// A parameter of a call.
package enum JSONParameter: Encodable, Hashable, Sendable {
    case string(String)
    case number(UInt64)
    case flag(Bool)
    case null
    case list([JSONParameter])
    case object([String: JSONParameter])

    /// Writes the value as itself.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .null: try container.encodeNil()
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
