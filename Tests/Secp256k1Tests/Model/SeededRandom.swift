import Primitives

/// A repeatable source of bytes: SHA-256 of a seed and a counter.
struct SeededRandom: SecureRandom {
    private let seed: String
    private var counter: UInt64 = 0
    private var left: ArraySlice<UInt8> = []

    init(_ seed: String) { self.seed = seed }

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices {
            if left.isEmpty {
                var block = Bytes(seed.utf8)
                block.append(bigEndian: counter)
                counter += 1
                left = sha256(block).bytes[...]
            }
            buffer[index] = left.removeFirst()
        }
    }
}
