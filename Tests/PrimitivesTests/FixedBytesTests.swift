import Primitives
import Testing

/// Byte strings of one length.
@Suite struct FixedBytesTests {
    private static let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    private static func expectRoundTrip<Value: FixedBytes>(_: Value.Type) throws {
        let text = String(text.prefix(2 * Value.byteCount))
        let value = try Value(hex: text)
        #expect(value.bytes == Bytes(0..<UInt8(Value.byteCount)))
        #expect(value.hex == text)
        #expect(value.description == "0x" + text)
        #expect(try Value(hex: "0x" + text.uppercased()) == value)
        #expect(Value(value.bytes) == value)
        #expect(Value(([9] + value.bytes)[1...]) == value)
        #expect(value.bytes.withUnsafeBytes { Value($0) } == value)
        #expect(Value(Bytes(value.bytes.reversed()).reversed() as ReversedCollection) == value)
    }

    private static func expectLengthsRefused<Value: FixedBytes>(_: Value.Type) {
        for count in [0, 1, Value.byteCount - 1, Value.byteCount + 1, 2 * Value.byteCount] {
            let bytes = Bytes(repeating: 1, count: count)
            #expect(Value(bytes) == nil)
            #expect(throws: HexFailure.wrongLength(expected: Value.byteCount, actual: count)) {
                try Value(hex: bytes.hex)
            }
        }
    }

    /// Values that differ from the one before in one byte, last byte first, ascend.
    private static func expectOrder<Value: FixedBytes>(_: Value.Type) throws {
        var values = [try #require(Value(Bytes(repeating: 0, count: Value.byteCount)))]
        for index in (0..<Value.byteCount).reversed() {
            for byte in [UInt8(1), 0x7f, 0x80, 0xff] {
                var bytes = Bytes(repeating: 0, count: Value.byteCount)
                bytes[index] = byte
                values.append(try #require(Value(bytes)))
            }
        }
        #expect(values.reversed().sorted() == values)
        #expect(Set(values).count == values.count)
        for (lower, higher) in zip(values, values.dropFirst()) {
            #expect(lower < higher)
            #expect(!(higher < lower))
            #expect(lower != higher)
        }
    }

    @Test("Bytes and text go in and come out the same")
    func forms() throws {
        try Self.expectRoundTrip(Hash32.self)
        try Self.expectRoundTrip(Hash20.self)
        try Self.expectRoundTrip(EthereumAddress.self)
        try Self.expectRoundTrip(UInt256.self)
    }

    @Test("Every other length is refused")
    func otherLengths() {
        Self.expectLengthsRefused(Hash32.self)
        Self.expectLengthsRefused(Hash20.self)
        Self.expectLengthsRefused(EthereumAddress.self)
        Self.expectLengthsRefused(UInt256.self)
    }

    @Test("The order is that of unsigned big-endian numbers")
    func ordering() throws {
        try Self.expectOrder(Hash32.self)
        try Self.expectOrder(Hash20.self)
        try Self.expectOrder(EthereumAddress.self)
        try Self.expectOrder(UInt256.self)
    }

    @Test("Zero is all zero bytes")
    func zero() {
        #expect(Hash32.zero.bytes == Bytes(repeating: 0, count: 32))
        #expect(Hash20.zero.bytes == Bytes(repeating: 0, count: 20))
        #expect(EthereumAddress.zero.bytes == Bytes(repeating: 0, count: 20))
        #expect(UInt256.zero.bytes == Bytes(repeating: 0, count: 32))
    }

    @Test("A hash reversed is its bytes in the opposite order; its words are big-endian")
    func reversed() throws {
        let hash = try Hash32(hex: Self.text)
        #expect(hash.reversed.bytes == Bytes(hash.bytes.reversed()))
        #expect(hash.reversed.reversed == hash)
        #expect(hash.bigEndianWords.0 == 0x0001_0203_0405_0607)
        #expect(hash.bigEndianWords.1 == 0x0809_0a0b_0c0d_0e0f)
        #expect(hash.bigEndianWords.2 == 0x1011_1213_1415_1617)
        #expect(hash.bigEndianWords.3 == 0x1819_1a1b_1c1d_1e1f)
    }
}
