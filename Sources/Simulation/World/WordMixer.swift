import Primitives

/// A 64-bit digest by multiplication and rotation, word by word, for the ideal functionalities.
///
/// It is not cryptographic: no part of the simulator searches for collisions.
struct WordMixer {
    /// The digest so far.
    private(set) var word: UInt64

    init(_ start: UInt64) { word = start }

    mutating func mix(_ next: UInt64) {
        word = (word ^ next) &* 0x9E37_79B9_7F4A_7C15
        word = word << 29 | word >> 35
    }

    mutating func mix(_ hash: Hash32) {
        let words = hash.bigEndianWords
        mix(words.0)
        mix(words.1)
        mix(words.2)
        mix(words.3)
    }

    mutating func mix(_ bytes: Bytes) {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset + 8 <= buffer.count {
                mix(buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            while offset < buffer.count {
                mix(UInt64(buffer[offset]))
                offset += 1
            }
        }
    }

    /// Continues without new input: the next of the words that a wire form needs.
    mutating func next() -> UInt64 {
        mix(0xD1B5_4A32_D192_ED03)
        return word ^ word >> 32
    }
}
