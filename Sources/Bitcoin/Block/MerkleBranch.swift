package import Primitives

/// The path from a leaf of a merkle tree to its root: the siblings from the leaf's level up to just below the root.
package struct MerkleBranch: Hashable, Sendable {
    /// The maximum depth of a tree of transactions.
    package static let maximumDepth = 32

    /// The leaf's place in the tree, from 0.
    package let position: UInt32
    /// The siblings from the leaf's level up; internal order.
    package let siblings: [Hash32]

    /// Takes a branch; nil if it is deeper than ``maximumDepth``, or if its position lies outside a tree of its depth.
    package init?(position: UInt32, siblings: [Hash32]) {
        guard siblings.count <= Self.maximumDepth, UInt64(position) >> UInt64(siblings.count) == 0 else { return nil }
        self.position = position
        self.siblings = siblings
    }

    /// The root that results from a leaf and this branch.
    package func root(from leaf: Hash32) -> Hash32 {
        var node = leaf
        var place = position
        for sibling in siblings {
            node = place & 1 == 0 ? MerkleTree.node(node, sibling) : MerkleTree.node(sibling, node)
            place >>= 1
        }
        return node
    }

    /// Whether the branch proves that a block contains a transaction, given the branch of the block's coinbase.
    ///
    /// An inner node of the tree is the hash of 64 bytes, and so is the txid of a transaction of 64 bytes. Such a
    /// transaction could therefore carry a forged tree below it. The coinbase cannot be such a transaction, so its
    /// branch shows the true depth of the tree, and both branches must have that depth (contracts.md §3).
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
