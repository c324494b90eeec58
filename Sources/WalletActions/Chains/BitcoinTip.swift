package import Bitcoin

/// The tip of the best chain.
package struct BitcoinTip: Hashable, Sendable {
    package let height: UInt32
    package let hash: BlockHash

    /// Describes a tip.
    package init(height: UInt32, hash: BlockHash) {
        self.height = height
        self.hash = hash
    }
}
