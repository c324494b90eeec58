import Ethereum
import Primitives

/// A value of any ABI type, so that one test drives the codec through every figure.
indirect enum ABISample: Hashable, Decodable {
    case flag(Bool)
    case text(String)
    case list([ABISample])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([ABISample].self))
        }
    }

    /// Why a figure does not fit its type.
    enum Misfit: Error { case value(ABIType), type(String) }

    static func read(_ type: ABIType, from reader: inout ABIReader) throws(ABIFailure) -> ABISample {
        switch type {
        case .bool: return .flag(try reader.bool())
        case .uint(let bits): return .text(try reader.uint(bits: bits).hex)
        case .address: return .text(try reader.address().description)
        case .fixedBytes(let count): return .text(try reader.fixedBytes(count).prefixedHex)
        case .bytes: return .text(try reader.bytes().prefixedHex)
        case .string: return .text(try reader.string())
        case .array(let element):
            return .list(
                try reader.array(of: element) { (inner) throws(ABIFailure) in try read(element, from: &inner) })
        case .tuple(let components):
            return try reader.tuple(of: components) { (inner) throws(ABIFailure) in
                .list(try read(components, from: &inner))
            }
        }
    }

    static func read(_ types: [ABIType], from reader: inout ABIReader) throws(ABIFailure) -> [ABISample] {
        var values: [ABISample] = []
        for type in types { values.append(try read(type, from: &reader)) }
        return values
    }

    static func decode(_ types: [ABIType], _ data: Bytes) throws(ABIFailure) -> [ABISample] {
        var reader = ABIReader(data, types: types)
        let values = try read(types, from: &reader)
        try reader.finish()
        return values
    }

    static func encode(_ types: [ABIType], _ values: [ABISample]) throws -> Bytes {
        var writer = ABIWriter(types: types)
        for (type, value) in zip(types, values) { try value.write(as: type, to: &writer) }
        return writer.encoded
    }

    private func write(as type: ABIType, to writer: inout ABIWriter) throws {
        switch (type, self) {
        case (.bool, .flag(let flag)): writer.bool(flag)
        case (.uint, .text(let text)): writer.uint(try UInt256(hex: text))
        case (.address, .text(let text)): writer.address(try EthereumAddress(hex: text))
        case (.fixedBytes, .text(let text)): writer.fixedBytes(try Bytes(hex: text))
        case (.bytes, .text(let text)): writer.bytes(try Bytes(hex: text))
        case (.string, .text(let text)): writer.string(text)
        case (.array(let element), .list(let values)):
            var failure: (any Error)?
            writer.array(values, of: element) { inner, value in
                do { try value.write(as: element, to: &inner) } catch { failure = error }
            }
            if let failure { throw failure }
        case (.tuple(let components), .list(let values)):
            var failure: (any Error)?
            writer.tuple(of: components) { inner in
                for (component, value) in zip(components, values) {
                    do { try value.write(as: component, to: &inner) } catch { failure = error }
                }
            }
            if let failure { throw failure }
        default: throw Misfit.value(type)
        }
    }
}

extension ABIType {
    /// Reads a canonical type name.
    init(parsing name: String) throws {
        if name.hasSuffix("[]") {
            self = .array(try ABIType(parsing: String(name.dropLast(2))))
        } else if name.hasPrefix("(") {
            self = .tuple(try ABIType.list(name))
        } else if name.hasPrefix("uint"), let bits = Int(name.dropFirst(4)) {
            self = .uint(bits: bits)
        } else if name.hasPrefix("bytes"), let count = Int(name.dropFirst(5)) {
            self = .fixedBytes(count)
        } else if let simple = [ABIType.address, .bool, .bytes, .string].first(where: { $0.description == name }) {
            self = simple
        } else {
            throw ABISample.Misfit.type(name)
        }
    }

    /// Reads a list of canonical type names in parentheses.
    static func list(_ text: String) throws -> [ABIType] {
        var parts: [String] = []
        var depth = 0
        var part = ""
        for character in text.dropFirst().dropLast() {
            if character == ",", depth == 0 {
                parts.append(part)
                part = ""
                continue
            }
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            part.append(character)
        }
        if !part.isEmpty { parts.append(part) }
        return try parts.map { try ABIType(parsing: $0) }
    }
}
