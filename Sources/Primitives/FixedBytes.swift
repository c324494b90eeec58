/// A byte string of one fixed length, ordered as an unsigned big-endian number.
@usableFromInline
package protocol FixedBytes: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of bytes of every value of the type.
    static var byteCount: Int { get }
    /// Reads the first ``byteCount`` bytes of a buffer of at least that size.
    init(loading buffer: UnsafeRawBufferPointer)
    /// Writes ``byteCount`` bytes to a buffer from an offset on. The buffer must have room for them.
    func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int)
}

extension FixedBytes {
    /// Takes exactly ``byteCount`` bytes; nil for any other number.
    @inlinable
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        if let value = bytes.withContiguousStorageIfAvailable({ Self(loading: UnsafeRawBufferPointer($0)) }) {
            self = value
        } else {
            self = Bytes(bytes).withUnsafeBytes { Self(loading: $0) }
        }
    }

    /// The bytes in order.
    @inlinable
    package var bytes: Bytes {
        Bytes(unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            store(to: UnsafeMutableRawBufferPointer(buffer), at: 0)
            count = Self.byteCount
        }
    }

    /// Reads exactly ``byteCount`` bytes of hexadecimal text in any letter case, with or without `0x`.
    ///
    /// - Throws: ``HexFailure`` for every other text.
    package init(hex text: some StringProtocol) throws(HexFailure) {
        let bytes = try Bytes(hex: text)
        guard let value = Self(bytes) else {
            throw .wrongLength(expected: Self.byteCount, actual: bytes.count)
        }
        self = value
    }

    /// Lower-case hexadecimal text without `0x`.
    package var hex: String { bytes.hex }

    /// Lower-case hexadecimal text with `0x`.
    package var description: String { bytes.prefixedHex }
}

/// 32 bytes: a digest, a block hash, a word. The byte order is that of the represented value.
package struct Hash32: FixedBytes {
    package static let byteCount = 32
    package static let zero = Hash32(bigEndianWords: 0, 0, 0, 0)

    // Big-endian words, so that comparing words compares bytes.
    private let w0, w1, w2, w3: UInt64

    /// Joins four 64-bit words, most significant first.
    package init(bigEndianWords w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
        (self.w0, self.w1, self.w2, self.w3) = (w0, w1, w2, w3)
    }

    package init(loading buffer: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        self.init(bigEndianWords: word(0), word(1), word(2), word(3))
    }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        buffer.storeBytes(of: w0.bigEndian, toByteOffset: offset, as: UInt64.self)
        buffer.storeBytes(of: w1.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
        buffer.storeBytes(of: w2.bigEndian, toByteOffset: offset + 16, as: UInt64.self)
        buffer.storeBytes(of: w3.bigEndian, toByteOffset: offset + 24, as: UInt64.self)
    }

    /// Hashes the first word only. Digests that share it only make a table slower.
    package func hash(into hasher: inout Hasher) { hasher.combine(w0) }

    /// The four 64-bit words, most significant first.
    package var bigEndianWords: (UInt64, UInt64, UInt64, UInt64) { (w0, w1, w2, w3) }

    /// The same bytes in the opposite order (Bitcoin's internal and display order of hashes).
    package var reversed: Hash32 {
        Hash32(bigEndianWords: w3.byteSwapped, w2.byteSwapped, w1.byteSwapped, w0.byteSwapped)
    }

    package static func < (left: Hash32, right: Hash32) -> Bool {
        (left.w0, left.w1, left.w2, left.w3) < (right.w0, right.w1, right.w2, right.w3)
    }
}

/// 20 bytes: HASH160 of a key or script, or an Ethereum address before it gets its own type.
package struct Hash20: FixedBytes {
    package static let byteCount = 20
    package static let zero = Hash20(words: 0, 0, 0)

    private let w0, w1: UInt64
    private let w2: UInt32

    private init(words w0: UInt64, _ w1: UInt64, _ w2: UInt32) {
        (self.w0, self.w1, self.w2) = (w0, w1, w2)
    }

    package init(loading buffer: UnsafeRawBufferPointer) {
        self.init(
            words: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
    }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        buffer.storeBytes(of: w0.bigEndian, toByteOffset: offset, as: UInt64.self)
        buffer.storeBytes(of: w1.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
        buffer.storeBytes(of: w2.bigEndian, toByteOffset: offset + 16, as: UInt32.self)
    }

    /// Hashes the first word only. Digests that share it only make a table slower.
    package func hash(into hasher: inout Hasher) { hasher.combine(w0) }

    /// The first eight bytes as a big-endian number, as a key for look-up tables.
    package var leadingWord: UInt64 { w0 }

    package static func < (left: Hash20, right: Hash20) -> Bool {
        (left.w0, left.w1, left.w2) < (right.w0, right.w1, right.w2)
    }
}

/// A 20-byte Ethereum address: an operator's identity, or a contract's.
package struct EthereumAddress: FixedBytes {
    package static let byteCount = 20
    package static let zero = EthereumAddress(.zero)

    private let value: Hash20

    /// Takes the 20 bytes as an address.
    package init(_ value: Hash20) { self.value = value }

    package init(loading buffer: UnsafeRawBufferPointer) { value = Hash20(loading: buffer) }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) { value.store(to: buffer, at: offset) }

    /// The first eight bytes as a big-endian number, as a key for look-up tables.
    package var leadingWord: UInt64 { value.leadingWord }

    package static func < (left: EthereumAddress, right: EthereumAddress) -> Bool { left.value < right.value }
}
