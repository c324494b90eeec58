extension Array where Element == UInt8 {
    /// Appends the integer, most significant byte first.
    @inlinable
    package mutating func append(bigEndian value: some FixedWidthInteger & UnsignedInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends the integer, least significant byte first.
    @inlinable
    package mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends a u32 length, most significant byte first, and the bytes.
    package mutating func append(counted bytes: Bytes) {
        append(bigEndian: UInt32(bytes.count))
        append(contentsOf: bytes)
    }

    /// Appends a u32 count, most significant byte first, and each item in order.
    package mutating func append<Item>(list items: [Item], _ write: (inout Bytes, Item) -> Void) {
        append(bigEndian: UInt32(items.count))
        for item in items { write(&self, item) }
    }

    /// Appends the bytes of a fixed-length value in order.
    @inlinable
    package mutating func append(_ value: some FixedBytes) {
        withUnsafeTemporaryAllocation(byteCount: type(of: value).byteCount, alignment: 8) { buffer in
            value.store(to: buffer, at: 0)
            append(contentsOf: buffer)
        }
    }
}
