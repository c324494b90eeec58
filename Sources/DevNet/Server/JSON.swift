package import Foundation

/// A JSON value in the requests and answers of the development network's servers. Numbers are exact decimals.
package enum JSON: Codable, Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Decimal)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    /// Reads any value.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Decimal.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// Writes the value as itself.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }

    /// A whole number.
    package static func number(_ value: some UnsignedInteger) -> JSON { .number(Decimal(UInt64(value))) }

    /// A member of an object; nil for anything else.
    package subscript(name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text; nil for anything else.
    package var text: String? { if case .text(let value) = self { value } else { nil } }

    /// The list; nil for anything else.
    package var list: [JSON]? { if case .list(let values) = self { values } else { nil } }

    /// The whole number; nil for anything else.
    package var whole: UInt64? {
        guard case .number(let value) = self, value >= 0, value == value.rounded, value <= Decimal(UInt64.max) else {
            return nil
        }
        return NSDecimalNumber(decimal: value).uint64Value
    }
}

extension Decimal {
    fileprivate var rounded: Decimal {
        var (value, result) = (self, Decimal())
        NSDecimalRound(&result, &value, 0, .plain)
        return result
    }
}

/// An error of JSON-RPC.
package struct RPCError: Error, Hashable, Sendable {
    package let code: Int
    package let message: String
    /// Revert data in hexadecimal, if a call reverted.
    package let data: String?

    /// Makes an error.
    package init(code: Int, message: String, data: String? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The error for a call with arguments that the method does not take.
    static let parameters = RPCError(code: -32602, message: "invalid params")
}
