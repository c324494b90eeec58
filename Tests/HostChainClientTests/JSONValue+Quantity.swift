import TestKit

extension JSONValue {
    /// The number that a quantity of the Ethereum interface stands for.
    var quantity: UInt64? { text.flatMap { UInt64($0.dropFirst(2), radix: 16) } }

    /// A quantity of the Ethereum interface.
    static func quantity(_ value: UInt64) -> JSONValue { .string("0x" + String(value, radix: 16)) }
}
