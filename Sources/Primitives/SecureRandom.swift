/// A source of unpredictable bytes. Machines take it as an argument: the shell passes the system's, tests a seeded one.
package protocol SecureRandom {
    /// Fills the whole buffer.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer)
}

/// The operating system's generator (Linux `getrandom`).
package struct SystemRandom: SecureRandom, Sendable {
    private var generator = SystemRandomNumberGenerator()

    /// Takes no resources: the kernel's generator is always available.
    package init() {}

    /// Fills the whole buffer; a failed read ends the process.
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
    /// Draws `count` bytes that are not secret (identifiers, test data).
    package mutating func publicBytes(_ count: Int) -> Bytes {
        var bytes = Bytes(repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }
}
