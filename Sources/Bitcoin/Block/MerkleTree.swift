package import Primitives

/// Bitcoin's merkle tree: each node is the `hash256` of its two children, and the last node of an odd level is paired
/// with itself. All hashes are in internal order.
package enum MerkleTree {
    /// The root of the leaves. Nil for an empty list, and for a list in which two equal neighbours hide a repetition,
    /// because the list without the repetition has the same root.
    package static func root(of leaves: [Hash32]) -> Hash32? {
        guard !leaves.isEmpty else { return nil }
        var level = leaves
        while level.count > 1 {
            guard !hasEqualPair(level) else { return nil }
            level = parents(of: level)
        }
        return level[0]
    }

    /// The branch from a leaf to the root; nil if there is no such leaf.
    package static func branch(to position: Int, in leaves: [Hash32]) -> MerkleBranch? {
        guard leaves.indices.contains(position) else { return nil }
        var siblings: [Hash32] = []
        var level = leaves
        var place = position
        while level.count > 1 {
            siblings.append(level[min(place ^ 1, level.count - 1)])
            level = parents(of: level)
            place >>= 1
        }
        return MerkleBranch(position: UInt32(position), siblings: siblings)
    }

    /// The node above two children.
    static func node(_ left: Hash32, _ right: Hash32) -> Hash32 { hash256(left.bytes + right.bytes) }

    private static func parents(of level: [Hash32]) -> [Hash32] {
        stride(from: 0, to: level.count, by: 2).map { node(level[$0], level[min($0 + 1, level.count - 1)]) }
    }

    private static func hasEqualPair(_ level: [Hash32]) -> Bool {
        stride(from: 0, to: level.count - 1, by: 2).contains { level[$0] == level[$0 + 1] }
    }
}
