/// A type of the contract ABI, as far as the contracts of contracts.md use them.
package indirect enum ABIType: Hashable, Sendable, CustomStringConvertible {
    /// An unsigned integer of 8 to 256 bits, a multiple of 8.
    case uint(bits: Int)
    case address
    case bool
    /// 1 to 32 bytes, left-aligned in their word.
    case fixedBytes(Int)
    case bytes
    case string
    /// At least one component.
    case tuple([ABIType])
    /// A list of any length.
    case array(ABIType)

    /// The canonical name, as signatures spell it.
    package var description: String {
        switch self {
        case .uint(let bits): "uint\(bits)"
        case .address: "address"
        case .bool: "bool"
        case .fixedBytes(let count): "bytes\(count)"
        case .bytes: "bytes"
        case .string: "string"
        case .tuple(let components): "(\(components.map(\.description).joined(separator: ",")))"
        case .array(let element): "\(element)[]"
        }
    }

    /// Whether the head holds an offset and the value stands in the tail.
    package var isDynamic: Bool {
        switch self {
        case .uint, .address, .bool, .fixedBytes: false
        case .bytes, .string, .array: true
        case .tuple(let components): components.contains(where: \.isDynamic)
        }
    }

    /// How many bytes the value takes in the head of its frame.
    package var headSize: Int {
        guard case .tuple(let components) = self, !isDynamic else { return 32 }
        return components.headSize
    }
}

extension Sequence where Element == ABIType {
    /// How many bytes the head of a frame with these types takes.
    package var headSize: Int { reduce(0) { $0 + $1.headSize } }
}
