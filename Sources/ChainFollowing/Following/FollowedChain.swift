package import Primitives
package import WalletActions

/// The newest blocks of the followed chain, each the parent of the next.
package struct FollowedChain: Hashable, Sendable {
    /// Oldest first; never empty.
    private var blocks: [HostBlock]
    private let capacity: Int

    /// Takes linked blocks, oldest first; nil if there are none, or if one is not the parent of the next.
    ///
    /// At least `capacity` blocks are kept, and fewer than twice as many.
    package init?(_ blocks: [HostBlock], capacity: Int) {
        guard !blocks.isEmpty, zip(blocks, blocks.dropFirst()).allSatisfy({ $1.follows($0) }) else { return nil }
        self.blocks = blocks
        self.capacity = capacity
    }

    /// The oldest block that is kept.
    package var first: HostBlock { blocks[0] }

    /// The head.
    package var last: HostBlock { blocks[blocks.count - 1] }

    /// The block with that number; nil if it is not kept.
    package subscript(number: BlockNumber) -> HostBlock? {
        guard number >= first.number, number <= last.number else { return nil }
        return blocks[Int(number.blocks(since: first.number))]
    }

    /// Whether this block, by number and hash, is in the chain.
    package func contains(_ block: HostBlock) -> Bool { self[block.number]?.hash == block.hash }

    /// Appends a block if it follows the head. Otherwise changes nothing and returns false.
    package mutating func append(_ block: HostBlock) -> Bool {
        guard block.follows(last) else { return false }
        blocks.append(block)
        if blocks.count >= 2 * capacity { blocks.removeFirst(blocks.count - capacity) }
        return true
    }

    /// Makes a kept block the head.
    package mutating func cut(to number: BlockNumber) {
        guard let block = self[number] else { preconditionFailure("a chain is cut at one of its own blocks") }
        blocks.removeLast(Int(last.number.blocks(since: block.number)))
    }
}

extension HostBlock {
    /// Whether this block is the next one after `parent`.
    package func follows(_ parent: HostBlock) -> Bool {
        number == parent.number.adding(1) && number != parent.number && parentHash == parent.hash
    }
}
