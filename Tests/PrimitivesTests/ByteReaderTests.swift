import Primitives
import Testing

/// Reading from front to back.
@Suite struct ByteReaderTests {
    @Test("Fields come out in order, and the reader knows where it stands")
    func order() throws {
        var reader = ByteReader(Bytes(0..<40))
        #expect(try reader.byte() == 0)
        #expect(try reader.bigEndian(UInt16.self) == 0x0102)
        #expect(try reader.littleEndian(UInt16.self) == 0x0403)
        #expect(try reader.bigEndian(UInt32.self) == 0x0506_0708)
        #expect(try reader.littleEndian(UInt64.self) == 0x100f_0e0d_0c0b_0a09)
        #expect(reader.offset == 17)
        #expect(reader.remaining == 23)
        #expect(try reader.take(2) == [17, 18])
        #expect(try reader.fixed(Hash20.self).bytes == Bytes(19..<39))
        #expect(try reader.bytes(1) == [39])
        try reader.finish()
        #expect(reader.rest().isEmpty)
    }

    @Test("A slice is read within its own bounds")
    func slice() throws {
        var reader = ByteReader(Bytes(0..<10)[3..<6])
        #expect(reader.offset == 0)
        #expect(try reader.bigEndian(UInt16.self) == 0x0304)
        #expect(throws: DecodingFailure.truncated(offset: 2, missing: 1)) { try reader.take(2) }
        #expect(reader.rest() == [5])
        #expect(reader.remaining == 0)
        #expect(reader.offset == 3)
    }

    @Test("A read beyond the end is refused with its place, and takes nothing")
    func truncated() throws {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: DecodingFailure.truncated(offset: 0, missing: 1)) { try reader.bigEndian(UInt32.self) }
        #expect(throws: DecodingFailure.truncated(offset: 0, missing: 5)) { try reader.littleEndian(UInt64.self) }
        #expect(throws: DecodingFailure.truncated(offset: 0, missing: 29)) { try reader.fixed(Hash32.self) }
        #expect(throws: DecodingFailure.truncated(offset: 0, missing: .max - 3)) { try reader.bytes(.max) }
        #expect(try reader.take(3) == [1, 2, 3])
        #expect(throws: DecodingFailure.truncated(offset: 3, missing: 1)) { try reader.byte() }
        #expect(try reader.take(0).isEmpty)
    }

    @Test("A negative length is refused", arguments: [-1, -1_000])
    func negative(count: Int) {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: DecodingFailure.self) { try reader.take(count) }
        #expect(reader.remaining == 3)
    }

    @Test("Bytes left over are refused with their number")
    func leftOver() throws {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: DecodingFailure.trailing(count: 3)) { try reader.finish() }
        _ = try reader.byte()
        #expect(throws: DecodingFailure.trailing(count: 2)) { try reader.finish() }
        #expect(reader.rest() == [2, 3])
        #expect(throws: Never.self) { try reader.finish() }
    }
}
