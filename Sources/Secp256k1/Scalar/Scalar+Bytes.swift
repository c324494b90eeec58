package import Primitives

// secret: only whether bytes are accepted may show (a value out of range is a caller's or a peer's mistake).
extension Scalar {
    /// The number of bytes of a scalar.
    package static let byteCount = 32

    /// Takes 32 big-endian bytes; nil for another length, or at n and above. Used for everything received.
    package init?(strict bytes: some Collection<UInt8>) {
        guard let limbs = Self.read(bytes), ScalarArithmetic.isOverflow(limbs) == 0 else { return nil }
        self.limbs = limbs
    }

    /// Takes 32 big-endian bytes; nil for another length, for 0, or at n and above. Used for keys and nonces.
    package init?(strictNonzero bytes: some Collection<UInt8>) {
        guard let limbs = Self.read(bytes) else { return nil }
        guard ScalarArithmetic.isOverflow(limbs) | ScalarArithmetic.isZero(limbs) == 0 else { return nil }
        self.limbs = limbs
    }

    /// Takes 32 secret big-endian bytes under the same rule as ``init(strictNonzero:)``.
    package init?(secret: borrowing SecretBytes) {
        guard let scalar = secret.withUnsafeBytes({ Scalar(strictNonzero: $0) }) else { return nil }
        self = scalar
    }

    /// Takes a hash output, reduced by one masked subtraction; the bias is 2^-128.
    package init(wrapping hash: Hash32) {
        let words = hash.bigEndianWords
        limbs = ScalarArithmetic.wrap(ScalarLimbs(words.3, words.2, words.1, words.0))
    }

    /// Takes 48 or 64 big-endian bytes, reduced; nil for another length. Used for hash-to-field.
    package init?(wide bytes: Bytes) {
        guard bytes.count == 48 || bytes.count == 64 else { return nil }
        let padded = Bytes(repeating: 0, count: 64 - bytes.count) + bytes
        guard let high = Self.read(padded[..<32]), let low = Self.read(padded[32...]) else { return nil }
        limbs = ScalarArithmetic.reduceWide(
            low.l0, low.l1, low.l2, low.l3, high.l0, high.l1, high.l2, high.l3)
    }

    /// The 32 big-endian bytes; for values that are public.
    package var bytes: Bytes {
        Bytes(unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            count = Self.byteCount
        }
    }

    /// The 32 big-endian bytes as a secret.
    package var secretBytes: SecretBytes { SecretBytes(count: Self.byteCount) { write(to: $0) } }

    /// Lends the 32 big-endian bytes in memory that is wiped afterwards.
    package func withSecretBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) { buffer in
            defer { wipe(buffer) }
            write(to: buffer)
            return buffer.withMemoryRebound(to: UInt8.self) { bytes in
                guard let base = bytes.baseAddress else { preconditionFailure("32 bytes have an address") }
                return body(base)
            }
        }
    }

    private func write(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: limbs.l3.bigEndian, toByteOffset: 0, as: UInt64.self)
        buffer.storeBytes(of: limbs.l2.bigEndian, toByteOffset: 8, as: UInt64.self)
        buffer.storeBytes(of: limbs.l1.bigEndian, toByteOffset: 16, as: UInt64.self)
        buffer.storeBytes(of: limbs.l0.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    private static func read(_ bytes: some Collection<UInt8>) -> ScalarLimbs? {
        guard bytes.count == byteCount else { return nil }
        // Read in place: a copy of a secret would remain in memory, and reading by element through an unspecialised
        // collection costs 100 times as much. Only collections without storage, which are never secret, are copied.
        return bytes.withContiguousStorageIfAvailable { load(UnsafeRawBufferPointer($0)) }
            ?? Bytes(bytes).withUnsafeBytes(load)
    }

    private static func load(_ buffer: UnsafeRawBufferPointer) -> ScalarLimbs {
        ScalarLimbs(
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)))
    }
}
