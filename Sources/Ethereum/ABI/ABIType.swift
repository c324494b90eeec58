/// A type of the contract ABI, limited to those that the contracts of contracts.md use.
package indirect enum ABIType: Hashable, Sendable, CustomStringConvertible {
    /// An unsigned integer of 8 to 256 bits, a multiple of 8.
    case uint(bits: Int)
    case address
    case bool
    /// A byte string of 1 to 32 bytes, left-aligned in its word.
    case fixedBytes(Int)
    case bytes
    case string
    /// A tuple with at least one component.
    case tuple([ABIType])
    /// A list of any length.
    case array(ABIType)

    /// The canonical name, as in signatures.
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

    /// Whether the head contains an offset and the tail contains the value.
    package var isDynamic: Bool {
        switch self {
        case .uint, .address, .bool, .fixedBytes: false
        case .bytes, .string, .array: true
        case .tuple(let components): components.contains(where: \.isDynamic)
        }
    }

    /// The number of bytes of the value in the head of its frame.
    package var headSize: Int {
        guard case .tuple(let components) = self, !isDynamic else { return 32 }
        return components.headSize
    }
}

extension Sequence where Element == ABIType {
    /// The number of bytes of the head of a frame with these types.
    package var headSize: Int { reduce(0) { $0 + $1.headSize } }
}
