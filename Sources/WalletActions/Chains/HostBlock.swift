package import Coordination
package import Primitives

/// A block of the host chain as the rules see it.
package struct HostBlock: Hashable, Sendable {
    package let number: BlockNumber
    package let hash: Hash32
    package let parentHash: Hash32
    /// The chain's own time; `now` of wallet-actions.md §2.
    package let timestamp: UnixTime

    /// Describes a block by its header fields.
    package init(number: BlockNumber, hash: Hash32, parentHash: Hash32, timestamp: UnixTime) {
        self.number = number
        self.hash = hash
        self.parentHash = parentHash
        self.timestamp = timestamp
    }

    /// Number and hash: the form in which verdicts and reads name a block.
    package var reference: BlockReference { BlockReference(number: number, hash: hash) }
}
