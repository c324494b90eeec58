package import Primitives

/// An event in its place in the chain of the ledger (docs/protocol/wire.md §7).
package struct LedgerEntry: Hashable, Sendable {
    /// The hash before the first entry.
    package static let genesis = Hash32.zero

    /// The entry's number: 1 for the first, without gaps.
    package let sequence: UInt64
    /// The host block at which it was written; rows carry their time in host blocks (durability-and-events.md DU9).
    package let block: BlockNumber
    /// The event's kind and body (``LedgerEvent/encoded``).
    package let body: Bytes
    /// The hash of the previous entry.
    package let previous: Hash32

    /// Makes the entry of an encoded event.
    package init(sequence: UInt64, block: BlockNumber, body: Bytes, previous: Hash32) {
        self.sequence = sequence
        self.block = block
        self.body = body
        self.previous = previous
    }

    /// `SHA-256("coord/v1/event" ‖ previous (32) ‖ sequence (8) ‖ block (8) ‖ body)`.
    package var hash: Hash32 {
        var bytes = Bytes("coord/v1/event".utf8)
        bytes.append(previous)
        bytes.append(bigEndian: sequence)
        bytes.append(bigEndian: block.rawValue)
        bytes.append(contentsOf: body)
        return sha256(bytes)
    }
}
