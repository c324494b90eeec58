import Primitives

/// The running digest of everything that happens: equal runs have equal digests, on every machine.
struct EventLog {
    private var hasher = SHA256Hasher()
    private var buffer = Bytes()
    private static let chunk = 1 << 14

    /// The number of noted events.
    private(set) var count: UInt64 = 0

    init() { buffer.reserveCapacity(2 * Self.chunk) }

    /// Notes an event: its time, kind and node.
    mutating func note(_ time: UInt64, _ kind: UInt8, _ node: Int) {
        count += 1
        buffer.append(bigEndian: time)
        buffer.append(kind)
        buffer.append(UInt8(truncatingIfNeeded: node))
        if buffer.count >= Self.chunk { flush() }
    }

    /// Notes bytes that belong to the event.
    mutating func note(_ bytes: Bytes) {
        buffer.append(bigEndian: UInt32(truncatingIfNeeded: bytes.count))
        buffer.append(contentsOf: bytes)
    }

    private mutating func flush() {
        hasher.update(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// The digest so far.
    var digest: Hash32 {
        var copy = hasher
        copy.update(buffer)
        return copy.finalize()
    }
}
