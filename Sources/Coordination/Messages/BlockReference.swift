package import Primitives

/// A reference to a block of the host chain by number and hash.
package struct BlockReference: Hashable, Sendable {
    package let number: BlockNumber
    package let hash: Hash32

    /// Makes a reference to a block.
    package init(number: BlockNumber, hash: Hash32) {
        self.number = number
        self.hash = hash
    }
}
