/// The reason that bytes are not a valid encoding of the expected value.
@usableFromInline
package enum DecodingFailure: Error, Hashable, Sendable {
    /// The input ends `missing` bytes too early, at this offset.
    case truncated(offset: Int, missing: Int)
    /// Bytes are left over after the last field.
    case trailing(count: Int)
    /// A length or count lies outside the range that the format allows.
    case length(field: String, value: UInt64)
    /// A field has a value that the format forbids, or is not in its canonical form.
    case value(field: String)
}

/// Reads an encoding from front to back; every read checks its bounds.
@usableFromInline
package struct ByteReader: Sendable {
    @usableFromInline let bytes: ArraySlice<UInt8>
    @usableFromInline var position: Int

    /// Reads from the first byte on.
    @inlinable
    package init(_ bytes: Bytes) { self.init(bytes[...]) }

    /// Reads from the first byte of the slice on.
    @inlinable
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The number of bytes read so far.
    @inlinable
    package var offset: Int { position - bytes.startIndex }

    /// The number of bytes left to read.
    @inlinable
    package var remaining: Int { bytes.endIndex - position }

    /// Reads the next `count` bytes.
    ///
    /// - Throws: ``DecodingFailure/truncated(offset:missing:)`` where fewer are left, and for a negative count.
    @inlinable
    package mutating func take(_ count: Int) throws(DecodingFailure) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw .truncated(offset: offset, missing: count - remaining)
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Reads the next `count` bytes as an array.
    ///
    /// - Throws: As ``take(_:)`` does.
    @inlinable
    package mutating func bytes(_ count: Int) throws(DecodingFailure) -> Bytes { Bytes(try take(count)) }

    /// Reads all remaining bytes.
    package mutating func rest() -> Bytes {
        defer { position = bytes.endIndex }
        return Bytes(bytes[position...])
    }

    /// Reads an unsigned integer, most significant byte first.
    ///
    /// - Throws: ``DecodingFailure/truncated(offset:missing:)`` where the bytes end early.
    @inlinable
    package mutating func bigEndian<Value: FixedWidthInteger & UnsignedInteger>(
        _: Value.Type = Value.self
    ) throws(DecodingFailure) -> Value {
        var value: Value = 0
        for byte in try take(Value.bitWidth / 8) { value = value << 8 | Value(byte) }
        return value
    }

    /// Reads an unsigned integer, least significant byte first.
    ///
    /// - Throws: ``DecodingFailure/truncated(offset:missing:)`` where the bytes end early.
    @inlinable
    package mutating func littleEndian<Value: FixedWidthInteger & UnsignedInteger>(
        _: Value.Type = Value.self
    ) throws(DecodingFailure) -> Value {
        try bigEndian(Value.self).byteSwapped
    }

    /// Reads one byte.
    ///
    /// - Throws: ``DecodingFailure/truncated(offset:missing:)`` where the bytes end early.
    @inlinable
    package mutating func byte() throws(DecodingFailure) -> UInt8 { try bigEndian(UInt8.self) }

    /// Reads a fixed-length value.
    ///
    /// - Throws: ``DecodingFailure/truncated(offset:missing:)`` where the bytes end early.
    @inlinable
    package mutating func fixed<Value: FixedBytes>(_: Value.Type = Value.self) throws(DecodingFailure) -> Value {
        try take(Value.byteCount).withUnsafeBytes { Value(loading: $0) }
    }

    /// Reads a u32 length and that many bytes.
    ///
    /// - Throws: ``DecodingFailure/truncated(offset:missing:)`` where the bytes end early.
    package mutating func counted() throws(DecodingFailure) -> Bytes { try bytes(Int(try bigEndian(UInt32.self))) }

    /// Reads a u32 count and that many items; memory is taken only for items that are present.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end before the count does, and the failures of `read`.
    package mutating func counted<Item>(
        _ read: (inout ByteReader) throws(DecodingFailure) -> Item
    ) throws(DecodingFailure) -> [Item] {
        var items: [Item] = []
        for _ in 0..<(try bigEndian(UInt32.self)) { items.append(try read(&self)) }
        return items
    }

    /// Checks that all of the bytes were read.
    ///
    /// - Throws: ``DecodingFailure/trailing(count:)`` where bytes are left over.
    @inlinable
    package func finish() throws(DecodingFailure) {
        guard remaining == 0 else { throw .trailing(count: remaining) }
    }
}
