#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that must not leak: one owner, memory that is never swapped or dumped, wiped at the end of the owner's life.
///
/// It has no description, no encoder and no `Equatable`. Only explicit calls of ``clone()`` make copies.
package struct SecretBytes: ~Copyable, @unchecked Sendable {
    // Sendable: one owner at a time (the type is noncopyable), and the memory is written only in initialisers.
    private let buffer: UnsafeMutableRawBufferPointer

    /// Makes room for `count` bytes and lets the closure write all of them.
    package init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        let page = 4096
        let size = max(1, (count + page - 1) / page) * page
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: page)
        // A limit on locked memory is not a reason to refuse a key: the wipe and the exclusion from dumps still hold.
        _ = mlock(start, size)
        #if os(Linux)
            _ = madvise(start, size, 16 /* MADV_DONTDUMP */)
        #endif
        memset(start, 0, size)
        buffer = UnsafeMutableRawBufferPointer(start: start, count: count)
        fill(buffer)
    }

    /// Copies the bytes in and wipes their source.
    package init(wiping bytes: inout [UInt8]) {
        self.init(count: bytes.count) { target in
            bytes.withUnsafeBytes { target.copyMemory(from: $0) }
        }
        bytes.withUnsafeMutableBytes { wipe($0) }
        bytes = []
    }

    /// Draws `count` fresh bytes.
    package init(count: Int, random: inout some SecureRandom) {
        self.init(count: count) { random.fill($0) }
    }

    deinit {
        wipe(buffer)
        if let base = buffer.baseAddress {
            let page = 4096
            let size = max(1, (buffer.count + page - 1) / page) * page
            _ = munlock(base, size)
            #if os(Linux)
                // The page's next owner on the heap holds no secret there.
                _ = madvise(base, size, 17 /* MADV_DODUMP */)
            #endif
            base.deallocate()
        }
    }

    /// The number of bytes.
    package var count: Int { buffer.count }

    /// Lends the bytes for the duration of the closure.
    ///
    /// - Throws: The failure of `body`.
    package borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(buffer))
    }

    /// Makes a second owner with a copy of the bytes.
    package borrowing func clone() -> SecretBytes {
        SecretBytes(count: buffer.count) { $0.copyMemory(from: UnsafeRawBufferPointer(buffer)) }
    }
}

/// Overwrites memory with zeros in a way that no optimiser removes.
package func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress else { return }
    #if os(Linux)
        explicit_bzero(base, buffer.count)
    #else
        memset_s(base, buffer.count, 0, buffer.count)
    #endif
}
