extension Array where Element == UInt8 {
    /// Appends the integer, most significant byte first.
    package mutating func append(bigEndian value: some FixedWidthInteger & UnsignedInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends the integer, least significant byte first.
    package mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends the bytes of a fixed-length value in order.
    package mutating func append(_ value: some FixedBytes) { append(contentsOf: value.bytes) }
}
