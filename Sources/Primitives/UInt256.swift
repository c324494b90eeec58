/// An unsigned 256-bit integer, as in Ethereum's ABI. It is read, written and compared here, never computed with.
package struct UInt256: FixedBytes {
    package static let byteCount = 32
    package static let zero = UInt256(0 as UInt64)

    private let word: Hash32

    package init(loading buffer: UnsafeRawBufferPointer) { word = Hash32(loading: buffer) }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) { word.store(to: buffer, at: offset) }

    /// Takes a hash as a number, its first byte the most significant.
    package init(_ word: Hash32) { self.word = word }

    /// Widens a smaller number.
    package init(_ value: UInt64) { word = Hash32(bigEndianWords: 0, 0, 0, value) }

    /// The 32 bytes as a hash.
    package var hash: Hash32 { word }

    /// The number, if it fits into 64 bits.
    package var uint64: UInt64? {
        let words = word.bigEndianWords
        return words.0 == 0 && words.1 == 0 && words.2 == 0 ? words.3 : nil
    }

    package static func < (left: UInt256, right: UInt256) -> Bool { left.word < right.word }
}
