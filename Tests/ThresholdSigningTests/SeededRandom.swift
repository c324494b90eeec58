import Coordination
import Primitives

/// The bytes of a seed, for tests whose figures must come out again.
struct SeededRandom: SecureRandom {
    private var generator: Generator
    private var pending: [UInt8] = []

    init(_ seed: String, stream: UInt64 = 0) { generator = Generator(seed: sha256(seed.utf8), stream: stream) }

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices {
            if pending.isEmpty { pending.append(littleEndian: generator.word()) }
            buffer[index] = pending.removeFirst()
        }
    }

    mutating func below(_ bound: Int) -> Int { Int(generator.below(UInt64(bound))) }

    mutating func shuffle<Element>(_ array: inout [Element]) { generator.shuffle(&array) }
}
