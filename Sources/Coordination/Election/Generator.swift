package import Primitives

/// The streams of a seed. Two uses never share a stream (coordination.md §3).
package enum GeneratorStream: UInt64, Sendable {
    case leaderOrder = 0
    case heartbeat = 1
    case signingSubsets = 2
    case dutyOrder = 16
}

/// The protocol's generator: ChaCha20 with 20 rounds, a 64-bit block counter from 0 and a 64-bit nonce, the stream.
///
/// Its key stream is read as little-endian 64-bit words: the sequence of Rust's `rand_chacha::ChaCha20Rng` with
/// `set_stream` (coordination.md §3). It is a value: a copy continues from the original's position.
package struct Generator: Sendable {
    private let key: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)
    private let stream: UInt64
    private var counter: UInt64 = 0
    private var words: Words = (0, 0, 0, 0, 0, 0, 0, 0)
    private var next = 8

    private typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    /// Starts a stream of a seed at its first word.
    package init(seed: Hash32, stream: GeneratorStream) { self.init(seed: seed, stream: stream.rawValue) }

    /// Starts any stream of a seed at its first word.
    package init(seed: Hash32, stream: UInt64) {
        let words = seed.bigEndianWords
        func upper(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32).byteSwapped }
        func lower(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word).byteSwapped }
        key = (
            upper(words.0), lower(words.0), upper(words.1), lower(words.1), upper(words.2), lower(words.2),
            upper(words.3), lower(words.3)
        )
        self.stream = stream
    }

    /// Draws the next 64-bit word.
    package mutating func word() -> UInt64 {
        if next == 8 {
            words = block(counter)
            counter &+= 1
            next = 0
        }
        let offset = next &* 8
        next &+= 1
        return withUnsafeBytes(of: &words) { $0.load(fromByteOffset: offset, as: UInt64.self) }
    }

    /// Draws a number below `bound`, each with the same probability. A bound of 0 is a programming error.
    ///
    /// Words below `2^64 mod bound` are rejected. That threshold is below `bound`, so it is computed only for the rare
    /// word below `bound`. A draw then takes one division instead of two.
    package mutating func below(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0, "no number is below 0")
        while true {
            let word = word()
            if word >= bound || word >= (0 &- bound) % bound { return word % bound }
        }
    }

    /// Shuffles in place: for `i` from `count - 1` down to 1, swaps element `i` with element `below(i + 1)`.
    package mutating func shuffle<Element>(_ array: inout [Element]) {
        guard array.count > 1 else { return }
        for index in stride(from: array.count - 1, to: 0, by: -1) {
            array.swapAt(index, Int(below(UInt64(index + 1))))
        }
    }

    // Sixteen words in registers: the compiler's rotations of single words are four times as fast as its vector
    // shuffles.
    private func block(_ counter: UInt64) -> Words {
        let (low, high) = (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32))
        let (nonceLow, nonceHigh) = (UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
        var (x0, x1, x2, x3) = (c0, c1, c2, c3)
        var (x4, x5, x6, x7) = (key.0, key.1, key.2, key.3)
        var (x8, x9, x10, x11) = (key.4, key.5, key.6, key.7)
        var (x12, x13, x14, x15) = (low, high, nonceLow, nonceHigh)
        for _ in 0..<10 {
            quarterRound(&x0, &x4, &x8, &x12)
            quarterRound(&x1, &x5, &x9, &x13)
            quarterRound(&x2, &x6, &x10, &x14)
            quarterRound(&x3, &x7, &x11, &x15)
            quarterRound(&x0, &x5, &x10, &x15)
            quarterRound(&x1, &x6, &x11, &x12)
            quarterRound(&x2, &x7, &x8, &x13)
            quarterRound(&x3, &x4, &x9, &x14)
        }
        return (
            join(x0 &+ c0, x1 &+ c1), join(x2 &+ c2, x3 &+ c3), join(x4 &+ key.0, x5 &+ key.1),
            join(x6 &+ key.2, x7 &+ key.3), join(x8 &+ key.4, x9 &+ key.5), join(x10 &+ key.6, x11 &+ key.7),
            join(x12 &+ low, x13 &+ high), join(x14 &+ nonceLow, x15 &+ nonceHigh)
        )
    }
}

// "expand 32-byte k"
private let c0: UInt32 = 0x6170_7865
private let c1: UInt32 = 0x3320_646e
private let c2: UInt32 = 0x7962_2d32
private let c3: UInt32 = 0x6b20_6574

@inline(__always)
private func quarterRound(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32) {
    a = a &+ b
    d = rotate(d ^ a, 16)
    c = c &+ d
    b = rotate(b ^ c, 12)
    a = a &+ b
    d = rotate(d ^ a, 8)
    c = c &+ d
    b = rotate(b ^ c, 7)
}

@inline(__always)
private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word &<< count | word &>> (32 &- count) }

@inline(__always)
private func join(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) &<< 32 }
