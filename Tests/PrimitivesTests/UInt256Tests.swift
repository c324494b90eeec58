import Primitives
import Testing

/// Numbers of 256 bits.
@Suite struct UInt256Tests {
    @Test("A small number is widened, and comes back", arguments: [0, 1, 255, 1 << 32, UInt64.max])
    func small(value: UInt64) {
        let wide = UInt256(value)
        #expect(wide.uint64 == value)
        var bytes = Bytes(repeating: 0, count: 24)
        bytes.append(bigEndian: value)
        #expect(wide.bytes == bytes)
    }

    @Test("What 64 bits do not hold gives no small number", arguments: 0..<24)
    func large(byte: Int) throws {
        var bytes = UInt256(7).bytes
        bytes[byte] = 1
        let wide = try #require(UInt256(bytes))
        #expect(wide.uint64 == nil)
        #expect(wide > UInt256(.max))
    }

    @Test("A hash is taken as a number and given back")
    func hash() {
        let hash = sha256([1])
        #expect(UInt256(hash).hash == hash)
        #expect(UInt256(hash).bytes == hash.bytes)
        #expect(UInt256(Hash32.zero) == .zero)
    }
}
