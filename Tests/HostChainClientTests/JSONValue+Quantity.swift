import TestKit

extension JSONValue {
    /// The number that a quantity of the Ethereum interface stands for.
    var quantity: UInt64? { text.flatMap { UInt64($0.dropFirst(2), radix: 16) } }

    /// A quantity of the Ethereum interface.
    static func quantity(_ value: UInt64) -> JSONValue { .string("0x" + String(value, radix: 16)) }

    /// The object with another value in one field.
    func with(_ field: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let fields) = self else { return self }
        return .object(fields.merging([field: value]) { $1 })
    }
}
