package import Primitives

/// The way from a leaf of a merkle tree to its root: the siblings from the leaf's level up to just below the root.
package struct MerkleBranch: Hashable, Sendable {
    /// No tree of transactions is deeper.
    package static let maximumDepth = 32

    /// The leaf's place in the tree, from 0.
    package let position: UInt32
    /// The siblings from the leaf's level up; internal order.
    package let siblings: [Hash32]

    /// Takes a branch; nil where it is deeper than any tree, or its position lies outside a tree of its depth.
    package init?(position: UInt32, siblings: [Hash32]) {
        guard siblings.count <= Self.maximumDepth, UInt64(position) >> UInt64(siblings.count) == 0 else { return nil }
        self.position = position
        self.siblings = siblings
    }

    /// The root to which the branch leads from a leaf.
    package func root(from leaf: Hash32) -> Hash32 {
        var node = leaf
        var place = position
        for sibling in siblings {
            node = place & 1 == 0 ? MerkleTree.node(node, sibling) : MerkleTree.node(sibling, node)
            place >>= 1
        }
        return node
    }

    /// Whether the branch shows that a block holds a transaction, given the branch of the block's coinbase.
    ///
    /// An inner node of the tree is a hash of 64 bytes, as the txid of a transaction of 64 bytes is: such a one could
    /// carry a made-up tree below it. The coinbase can have been no such transaction, so its branch tells the depth of
    /// the tree, and both must have it (contracts.md §3).
    package func shows(
        _ txid: Txid, in header: BlockHeader, coinbase: Txid, coinbaseBranch: MerkleBranch
    ) -> Bool {
        coinbaseBranch.position == 0 && siblings.count == coinbaseBranch.siblings.count
            && coinbaseBranch.root(from: coinbase.hash) == header.merkleRoot
            && root(from: txid.hash) == header.merkleRoot
    }

    /// The siblings joined, as the contracts take them (contracts.md §3).
    package var encoded: Bytes { siblings.flatMap(\.bytes) }
}
