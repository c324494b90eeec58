package import Primitives

/// A value that has one ABI type, read and written by one codec.
package protocol ABIValue: Hashable, Sendable {
    /// The type, as signatures use it.
    static var abiType: ABIType { get }
    /// Reads the next value of the frame.
    ///
    /// - Throws: ``ABIFailure`` for every encoding that is not canonical.
    init(from reader: inout ABIReader) throws(ABIFailure)
    /// Writes the value as the next one of the frame.
    func write(to writer: inout ABIWriter)
}

/// A struct of a contract: a tuple, dynamic if one of its components is dynamic.
package protocol ABITuple: ABIValue {
    /// The types of the components in order.
    static var components: [ABIType] { get }
    /// Reads the components in order.
    ///
    /// - Throws: ``ABIFailure`` for the first component that is not in canonical form.
    init(components reader: inout ABIReader) throws(ABIFailure)
    /// Writes the components in order.
    func writeComponents(to writer: inout ABIWriter)
}

extension ABITuple {
    package static var abiType: ABIType { .tuple(components) }

    /// Reads the components as one tuple.
    ///
    /// - Throws: As ``init(components:)`` does, and ``ABIFailure`` if the offset of a dynamic tuple is not canonical.
    package init(from reader: inout ABIReader) throws(ABIFailure) {
        self = try reader.tuple(of: Self.components) { (inner) throws(ABIFailure) in try Self(components: &inner) }
    }

    package func write(to writer: inout ABIWriter) {
        writer.tuple(of: Self.components) { writeComponents(to: &$0) }
    }
}

extension Bool: ABIValue {
    package static let abiType = ABIType.bool

    /// Reads a `bool`.
    ///
    /// - Throws: As ``ABIReader/bool()`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) { self = try reader.bool() }

    package func write(to writer: inout ABIWriter) { writer.bool(self) }
}

/// A machine integer that is encoded as the `uint` of the same width.
package protocol ABIMachineInteger: ABIValue, FixedWidthInteger, UnsignedInteger {}

extension ABIMachineInteger {
    package static var abiType: ABIType { .uint(bits: bitWidth) }

    /// Reads a `uint` of the same width.
    ///
    /// - Throws: As ``ABIReader/uint(bits:)`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) {
        guard let value = try reader.uint(bits: Self.bitWidth).uint64 else {
            preconditionFailure("a machine integer has at most 64 bits, and the reader checked its width")
        }
        self = Self(value)
    }

    package func write(to writer: inout ABIWriter) { writer.uint(UInt256(UInt64(self))) }
}

extension UInt8: ABIMachineInteger {}
extension UInt16: ABIMachineInteger {}
extension UInt32: ABIMachineInteger {}
extension UInt64: ABIMachineInteger {}

extension UInt256: ABIValue {
    package static let abiType = ABIType.uint(bits: 256)

    /// Reads a `uint256`.
    ///
    /// - Throws: ``ABIFailure/truncated(offset:)`` if the data ends early.
    package init(from reader: inout ABIReader) throws(ABIFailure) { self = try reader.uint(bits: 256) }

    package func write(to writer: inout ABIWriter) { writer.uint(self) }
}

/// A time as the contracts store it: a `uint32`.
extension UnixTime: ABIValue {
    package static let abiType = ABIType.uint(bits: 32)

    /// Reads a `uint32` of seconds.
    ///
    /// - Throws: As ``ABIReader/uint(bits:)`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) {
        let seconds: UInt32 = try reader.value()
        self.init(UInt64(seconds))
    }

    package func write(to writer: inout ABIWriter) { writer.value(UInt32(clamping: seconds)) }
}

/// A `uint96`: the contracts' type for amounts of their own token.
package struct UInt96: ABIValue {
    package static let abiType = ABIType.uint(bits: 96)

    /// The number.
    package let value: UInt256

    /// Takes a number of at most 96 bits; nil for a larger one.
    package init?(_ value: UInt256) {
        guard value.bytes.prefix(20).allSatisfy({ $0 == 0 }) else { return nil }
        self.value = value
    }

    /// Widens a smaller number.
    package init(_ value: UInt64) { self.value = UInt256(value) }

    /// Reads a `uint96`.
    ///
    /// - Throws: As ``ABIReader/uint(bits:)`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) { value = try reader.uint(bits: 96) }

    package func write(to writer: inout ABIWriter) { writer.uint(value) }
}

extension EthereumAddress: ABIValue {
    package static let abiType = ABIType.address

    /// Reads an `address`.
    ///
    /// - Throws: As ``ABIReader/address()`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) { self = try reader.address() }

    package func write(to writer: inout ABIWriter) { writer.address(self) }
}

/// A byte string of fixed length that is encoded as the `bytesN` of the same length.
package protocol ABIFixedBytes: ABIValue, FixedBytes {}

extension ABIFixedBytes {
    package static var abiType: ABIType { .fixedBytes(byteCount) }

    /// Reads a `bytesN` of the same length.
    ///
    /// - Throws: As ``ABIReader/fixedBytes(_:)`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) {
        guard let value = Self(try reader.fixedBytes(Self.byteCount)) else {
            preconditionFailure("the reader gives as many bytes as it was asked for")
        }
        self = value
    }

    package func write(to writer: inout ABIWriter) { writer.fixedBytes(bytes) }
}

extension Hash20: ABIFixedBytes {}
extension Hash32: ABIFixedBytes {}

extension Bytes: ABIValue {
    package static var abiType: ABIType { .bytes }

    /// Reads a `bytes`.
    ///
    /// - Throws: As ``ABIReader/bytes()`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) { self = try reader.bytes() }

    package func write(to writer: inout ABIWriter) { writer.bytes(self) }
}

extension String: ABIValue {
    package static let abiType = ABIType.string

    /// Reads a `string`.
    ///
    /// - Throws: As ``ABIReader/string()`` does.
    package init(from reader: inout ABIReader) throws(ABIFailure) { self = try reader.string() }

    package func write(to writer: inout ABIWriter) { writer.string(self) }
}
