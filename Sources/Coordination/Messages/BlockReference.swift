package import Primitives

/// A block of the host chain that was read, by number and hash.
package struct BlockReference: Hashable, Sendable {
    package let number: BlockNumber
    package let hash: Hash32

    /// Names a block.
    package init(number: BlockNumber, hash: Hash32) {
        self.number = number
        self.hash = hash
    }
}
