import Primitives
import Testing

/// The system's generator.
@Suite struct SecureRandomTests {
    @Test("The whole buffer is filled, and nothing beside it", arguments: [0, 1, 7, 8, 9, 31, 32, 33, 100])
    func fill(count: Int) {
        var random = SystemRandom()
        // A byte that is never written stays 0; that a written one is 0 sixteen times in a row has odds of 2^-128.
        var everWritten = Bytes(repeating: 0, count: count)
        for _ in 0..<16 {
            var bytes = Bytes(repeating: 0, count: count + 2)
            bytes.withUnsafeMutableBytes { random.fill(UnsafeMutableRawBufferPointer(rebasing: $0[1..<count + 1])) }
            #expect(bytes.first == 0)
            #expect(bytes.last == 0)
            for index in 0..<count { everWritten[index] |= bytes[index + 1] }
        }
        #expect(everWritten.allSatisfy { $0 != 0 })
    }

    @Test("Drawn bytes do not repeat")
    func draws() {
        var random = SystemRandom()
        let draws = (0..<100).map { _ in random.publicBytes(16) }
        #expect(Set(draws).count == 100)
        #expect(draws.allSatisfy { $0.count == 16 })
    }
}
