/// A source of unpredictable bytes. Machines take it as an argument: the shell gives the system's, tests a seeded one.
package protocol SecureRandom {
    /// Fills the whole buffer.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer)
}

/// The operating system's generator (Linux `getrandom`).
package struct SystemRandom: SecureRandom, Sendable {
    private var generator = SystemRandomNumberGenerator()

    /// Opens nothing: the kernel's generator is always there.
    package init() {}

    /// Fills the whole buffer; a read that fails ends the process.
    package mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        var offset = 0
        while offset < buffer.count {
            let word = generator.next()
            withUnsafeBytes(of: word) { bytes in
                for byte in bytes where offset < buffer.count {
                    buffer[offset] = byte
                    offset += 1
                }
            }
        }
    }
}

extension SecureRandom {
    /// Draws that many bytes that are no secret (identifiers, test data).
    package mutating func publicBytes(_ count: Int) -> Bytes {
        var bytes = Bytes(repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }
}
