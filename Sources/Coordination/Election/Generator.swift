package import Primitives

/// The streams of a seed, never shared by two uses (coordination.md §3).
package enum GeneratorStream: UInt64, Sendable {
    case leaderOrder = 0
    case heartbeat = 1
    case signingSubsets = 2
    case dutyOrder = 16
}

/// The protocol's generator: ChaCha20 with 20 rounds, a 64-bit block counter from 0 and a 64-bit nonce, the stream.
///
/// Its key stream is read as little-endian 64-bit words: the sequence of Rust's `rand_chacha::ChaCha20Rng` with
/// `set_stream` (coordination.md §3). A value: a copy goes on from where its original stood.
package struct Generator: Sendable {
    private let key: (SIMD4<UInt32>, SIMD4<UInt32>)
    private let stream: UInt64
    private var counter: UInt64 = 0
    private var words = SIMD8<UInt64>()
    private var next = 8

    /// Starts a stream of a seed at its first word.
    package init(seed: Hash32, stream: GeneratorStream) { self.init(seed: seed, stream: stream.rawValue) }

    /// Starts any stream of a seed at its first word.
    package init(seed: Hash32, stream: UInt64) {
        let words = seed.bigEndianWords
        func half(_ first: UInt64, _ second: UInt64) -> SIMD4<UInt32> {
            SIMD4(
                UInt32(truncatingIfNeeded: first >> 32).byteSwapped, UInt32(truncatingIfNeeded: first).byteSwapped,
                UInt32(truncatingIfNeeded: second >> 32).byteSwapped, UInt32(truncatingIfNeeded: second).byteSwapped)
        }
        key = (half(words.0, words.1), half(words.2, words.3))
        self.stream = stream
    }

    /// Draws the next 64-bit word.
    package mutating func word() -> UInt64 {
        if next == 8 {
            words = block(counter)
            counter &+= 1
            next = 0
        }
        defer { next += 1 }
        return words[next]
    }

    /// Draws a number below `bound`, each with the same probability. A bound of 0 is a programming error.
    ///
    /// Words below `2^64 mod bound` are rejected. That threshold is below `bound`, so it is computed only for the rare
    /// word below `bound`: one division a draw instead of two.
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

    private func block(_ counter: UInt64) -> SIMD8<UInt64> {
        let constants = SIMD4<UInt32>(0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574)
        let tail = SIMD4<UInt32>(
            UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
            UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
        var (a, b, c, d) = (constants, key.0, key.1, tail)
        for _ in 0..<10 {
            quarterRounds(&a, &b, &c, &d)
            (b, c, d) = (rotated1(b), rotated2(c), rotated3(d))
            quarterRounds(&a, &b, &c, &d)
            (b, c, d) = (rotated3(b), rotated2(c), rotated1(d))
        }
        let rows = (a &+ constants, b &+ key.0, c &+ key.1, d &+ tail)
        func pair(_ row: SIMD4<UInt32>, _ index: Int) -> UInt64 { UInt64(row[index]) | UInt64(row[index + 1]) << 32 }
        return SIMD8(
            pair(rows.0, 0), pair(rows.0, 2), pair(rows.1, 0), pair(rows.1, 2),
            pair(rows.2, 0), pair(rows.2, 2), pair(rows.3, 0), pair(rows.3, 2))
    }
}

@inline(__always)
private func quarterRounds(
    _ a: inout SIMD4<UInt32>, _ b: inout SIMD4<UInt32>, _ c: inout SIMD4<UInt32>, _ d: inout SIMD4<UInt32>
) {
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
private func rotate(_ row: SIMD4<UInt32>, _ count: UInt32) -> SIMD4<UInt32> {
    row &<< SIMD4(repeating: count) | row &>> SIMD4(repeating: 32 - count)
}

@inline(__always)
private func rotated1(_ row: SIMD4<UInt32>) -> SIMD4<UInt32> { SIMD4(row[1], row[2], row[3], row[0]) }

@inline(__always)
private func rotated2(_ row: SIMD4<UInt32>) -> SIMD4<UInt32> { SIMD4(row[2], row[3], row[0], row[1]) }

@inline(__always)
private func rotated3(_ row: SIMD4<UInt32>) -> SIMD4<UInt32> { SIMD4(row[3], row[0], row[1], row[2]) }
