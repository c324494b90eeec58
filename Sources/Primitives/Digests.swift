import Crypto

/// SHA-256 of the bytes (FIPS 180-4).
package func sha256(_ bytes: some Sequence<UInt8>) -> Hash32 {
    var hasher = SHA256Hasher()
    hasher.update(Bytes(bytes))
    return hasher.finalize()
}

/// SHA-256 of 20 bytes and 32 bytes joined, without an intermediate byte array: the seed of an election.
package func sha256(_ first: Hash20, _ second: Hash32) -> Hash32 {
    withUnsafeTemporaryAllocation(byteCount: Hash20.byteCount + Hash32.byteCount, alignment: 8) { buffer in
        first.store(to: buffer, at: 0)
        second.store(to: buffer, at: Hash20.byteCount)
        var state = SHA256()
        state.update(bufferPointer: UnsafeRawBufferPointer(buffer))
        return state.finalize().withUnsafeBytes { Hash32(loading: $0) }
    }
}

/// Bitcoin's HASH256: SHA-256 of the SHA-256, in internal byte order.
package func hash256(_ bytes: some Sequence<UInt8>) -> Hash32 { sha256(sha256(bytes).bytes) }

/// Bitcoin's HASH160: RIPEMD-160 of the SHA-256.
package func hash160(_ bytes: some Sequence<UInt8>) -> Hash20 { ripemd160(sha256(bytes).bytes) }

/// SHA-256 fed piece by piece. It is a value: a copy continues from the state of its original.
package struct SHA256Hasher: Sendable {
    private var state = SHA256()

    /// Starts with no bytes hashed.
    package init() {}

    /// Hashes further bytes.
    package mutating func update(_ bytes: Bytes) { bytes.withUnsafeBytes { state.update(bufferPointer: $0) } }

    /// Hashes further bytes in place, for callers that hold secrets.
    package mutating func update(_ buffer: UnsafeRawBufferPointer) { state.update(bufferPointer: buffer) }

    /// The digest of all bytes fed.
    package consuming func finalize() -> Hash32 {
        let digest = state.finalize()
        return digest.withUnsafeBytes { Hash32(loading: $0) }
    }
}
