package import Primitives
package import WalletActions

/// The last blocks of the followed host chain, by number, so that looking up a block needs no read.
package struct RecentChain: Hashable, Sendable {
    // Each block at its number modulo the capacity.
    private var slots: [HostBlock?]

    /// The head; nil before the first block.
    package private(set) var head: HostBlock?

    /// Keeps the last `capacity` blocks.
    package init(capacity: UInt64) { slots = Array(repeating: nil, count: Int(max(1, capacity))) }

    /// Takes the next block of the chain.
    package mutating func append(_ block: HostBlock) {
        slots[slot(of: block.number)] = block
        head = block
    }

    /// Drops the blocks after a common ancestor.
    package mutating func rewind(to ancestor: HostBlock) {
        for slot in slots.indices {
            if let block = slots[slot], block.number > ancestor.number { slots[slot] = nil }
        }
        append(ancestor)
    }

    /// The block with this number on the followed chain; nil where it is not held.
    package subscript(number: BlockNumber) -> HostBlock? {
        slots[slot(of: number)].flatMap { $0.number == number ? $0 : nil }
    }

    private func slot(of number: BlockNumber) -> Int { Int(number.rawValue % UInt64(slots.count)) }
}
