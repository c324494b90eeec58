package import Primitives
package import WalletActions

/// The last blocks of the followed host chain, by number, so that a named block needs no reading.
package struct RecentChain: Hashable, Sendable {
    private var blocks: [BlockNumber: HostBlock] = [:]
    private let capacity: UInt64

    /// The head; nil before the first block.
    package private(set) var head: HostBlock?

    /// Keeps that many blocks.
    package init(capacity: UInt64) { self.capacity = capacity }

    /// Takes the next block of the chain.
    package mutating func append(_ block: HostBlock) {
        blocks[block.number] = block
        head = block
        if block.number.rawValue >= capacity { blocks[block.number.subtracting(capacity)] = nil }
    }

    /// Drops the blocks after a common ancestor.
    package mutating func rewind(to ancestor: HostBlock) {
        blocks = blocks.filter { $0.key <= ancestor.number }
        blocks[ancestor.number] = ancestor
        head = ancestor
    }

    /// The block of that number on the followed chain; nil where it is not held.
    package subscript(number: BlockNumber) -> HostBlock? { blocks[number] }
}
