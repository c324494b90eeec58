package import Primitives

extension ByteReader {
    /// Reads a CompactSize integer in its shortest form.
    ///
    /// - Throws: ``DecodingFailure`` if the bytes end early, and for every longer form.
    package mutating func compactSize(_ field: String) throws(DecodingFailure) -> UInt64 {
        let first = try byte()
        let (value, smallest): (UInt64, UInt64)
        switch first {
        case 0xfd: (value, smallest) = (UInt64(try littleEndian(UInt16.self)), 0xfd)
        case 0xfe: (value, smallest) = (UInt64(try littleEndian(UInt32.self)), 0x1_0000)
        case 0xff: (value, smallest) = (try littleEndian(UInt64.self), 0x1_0000_0000)
        default: return UInt64(first)
        }
        guard value >= smallest else { throw .length(field: field, value: value) }
        return value
    }

    /// Reads a count of items of at least `itemSize` bytes each. Refuses a count that the remaining bytes cannot hold.
    mutating func count(_ field: String, itemSize: Int) throws(DecodingFailure) -> Int {
        let count = try compactSize(field)
        guard count <= UInt64(remaining / itemSize) else { throw .length(field: field, value: count) }
        return Int(count)
    }

    /// Reads a byte string with its length in front.
    mutating func lengthPrefixed(_ field: String) throws(DecodingFailure) -> Bytes {
        try bytes(try count(field, itemSize: 1))
    }
}

extension Array where Element == UInt8 {
    /// Appends an integer as CompactSize, in its shortest form.
    package mutating func append(compactSize value: Int) {
        switch value {
        case ..<0xfd: append(UInt8(value))
        case ..<0x1_0000:
            append(0xfd)
            append(littleEndian: UInt16(value))
        case ..<0x1_0000_0000:
            append(0xfe)
            append(littleEndian: UInt32(value))
        default:
            append(0xff)
            append(littleEndian: UInt64(value))
        }
    }

    /// Appends a byte string with its length in front.
    mutating func append(lengthPrefixed bytes: Bytes) {
        append(compactSize: bytes.count)
        append(contentsOf: bytes)
    }
}

/// The number of bytes of an integer as CompactSize.
func compactSizeLength(_ value: Int) -> Int {
    switch value {
    case ..<0xfd: 1
    case ..<0x1_0000: 3
    case ..<0x1_0000_0000: 5
    default: 9
    }
}
