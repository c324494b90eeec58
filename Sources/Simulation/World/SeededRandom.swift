import Primitives

/// The simulator's only source of chance: xoshiro256** seeded by SplitMix64, with the same words on every machine.
///
/// Fast and reproducible, not secret. A run derives one generator for every concern, so that an additional draw in one
/// place does not change the draws of another.
package struct SeededRandom: SecureRandom, RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts the stream of a seed, for one concern.
    package init(seed: UInt64, concern: UInt64 = 0) {
        var mixer = seed ^ (concern &* 0xD134_2543_DE82_EF95)
        func mixed() -> UInt64 {
            mixer &+= 0x9E37_79B9_7F4A_7C15
            var word = mixer
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
        state = (mixed(), mixed(), mixed(), mixed())
    }

    /// Draws the next 64-bit word.
    package mutating func next() -> UInt64 {
        let result = rotated(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotated(state.3, 45)
        return result
    }

    /// Draws a number below `bound` without bias (Lemire's multiplication with rejection).
    package mutating func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0, "no number is below 0")
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    /// Whether an event of probability `numerator / denominator` happens.
    package mutating func happens(_ numerator: UInt64, in denominator: UInt64) -> Bool {
        below(denominator) < numerator
    }

    /// Fills the whole buffer with words, little-endian.
    package mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        var offset = 0
        while offset < buffer.count {
            var word = next()
            for _ in 0..<min(8, buffer.count - offset) {
                buffer[offset] = UInt8(truncatingIfNeeded: word)
                word >>= 8
                offset += 1
            }
        }
    }
}

private func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
