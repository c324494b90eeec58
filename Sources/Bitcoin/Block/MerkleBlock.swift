package import Primitives

/// A failure to verify a proof that a block contains transactions.
package enum MerkleBlockFailure: Error, Hashable, Sendable {
    /// The bytes do not encode such a proof.
    case encoding(DecodingFailure)
    /// The proof states zero transactions, or more than fit into a block.
    case transactionCount(UInt32)
    /// The hashes or flags run out before the tree is complete, or some are left over.
    case shape
    /// Two neighbouring nodes are equal, which hides a repetition in the tree.
    case repetition
    /// The tree's root is not the header's.
    case root
}

/// A header with the part of its merkle tree that leads to chosen transactions: the result of `gettxoutproof`, the
/// message `merkleblock` (BIP-0037).
package struct MerkleBlock: Hashable, Sendable {
    /// A transaction that the proof contains, with its branch.
    package struct Match: Hashable, Sendable {
        /// The transaction.
        package let txid: Txid
        /// The branch to the root; its position is the transaction's place in the block.
        package let branch: MerkleBranch
    }

    /// A block weighs at most 4,000,000, and a transaction in it at least 240.
    private static let maximumTransactionCount: UInt32 = 4_000_000 / 240

    /// The block's header. Its work is not checked.
    package let header: BlockHeader
    /// The number of transactions in the block, as the proof states it. It fixes the depth of every branch.
    package let transactionCount: UInt32
    /// The proven transactions, in block order.
    package let matches: [Match]

    private let hashes: [Hash32]
    private let flags: [Bool]

    /// Decodes a proof and checks that it leads to the header's merkle root.
    ///
    /// - Throws: ``MerkleBlockFailure`` for an invalid encoding, and for a tree that does not lead to that root in its
    ///   one form.
    package init(decoding bytes: Bytes) throws(MerkleBlockFailure) {
        var reader = ByteReader(bytes)
        let flagBytes: Bytes
        do throws(DecodingFailure) {
            header = try BlockHeader(from: &reader)
            transactionCount = try reader.littleEndian(UInt32.self)
            let count = try reader.count("merkle hashes", itemSize: Hash32.byteCount)
            var hashes: [Hash32] = []
            for _ in 0..<count { hashes.append(try reader.fixed(Hash32.self)) }
            self.hashes = hashes
            flagBytes = try reader.lengthPrefixed("merkle flags")
            try reader.finish()
        } catch {
            throw .encoding(error)
        }
        guard (1...Self.maximumTransactionCount).contains(transactionCount) else {
            throw .transactionCount(transactionCount)
        }
        var walk = Walk(
            count: transactionCount, hashes: hashes,
            flags: flagBytes.flatMap { byte in (0..<8).map { byte >> $0 & 1 == 1 } })
        let top = try walk.subtree(height: Self.height(of: transactionCount), place: 0)
        guard walk.isComplete else { throw .shape }
        guard top.hash == header.merkleRoot else { throw .root }
        flags = walk.readFlags
        matches = try top.matches.map { match throws(MerkleBlockFailure) in
            guard let branch = MerkleBranch(position: match.position, siblings: match.siblings) else { throw .shape }
            return Match(txid: Txid(match.leaf), branch: branch)
        }
    }

    /// Makes the proof that a block contains some of its transactions, as a node does. Nil if the root of the txids is
    /// not the header's, or if there are more txids than a block can hold.
    package init?(header: BlockHeader, txids: [Txid], matching: Set<Txid>) {
        guard txids.count <= Int(Self.maximumTransactionCount),
            MerkleTree.root(of: txids.map(\.hash)) == header.merkleRoot
        else { return nil }
        var builder = Builder(level: txids.map { ($0.hash, matching.contains($0)) })
        builder.visit(height: builder.levels.count - 1, place: 0)
        let leaves = txids.map(\.hash)
        matches = txids.enumerated().compactMap { position, txid in
            guard matching.contains(txid), let branch = MerkleTree.branch(to: position, in: leaves) else { return nil }
            return Match(txid: txid, branch: branch)
        }
        self.header = header
        transactionCount = UInt32(txids.count)
        hashes = builder.hashes
        flags = builder.flags
    }

    /// The encoding.
    package var encoded: Bytes {
        var bytes = header.encoded
        bytes.append(littleEndian: transactionCount)
        bytes.append(compactSize: hashes.count)
        for hash in hashes { bytes.append(hash) }
        var flagBytes = Bytes(repeating: 0, count: (flags.count + 7) / 8)
        for (index, flag) in flags.enumerated() where flag { flagBytes[index / 8] |= 1 << (index % 8) }
        bytes.append(lengthPrefixed: flagBytes)
        return bytes
    }

    /// The number of levels above the leaves.
    private static func height(of count: UInt32) -> Int {
        var height = 0
        while width(of: count, at: height) > 1 { height += 1 }
        return height
    }

    private static func width(of count: UInt32, at height: Int) -> UInt32 {
        (count + (1 << UInt32(height)) - 1) >> UInt32(height)
    }

    /// One pass over the encoded tree, depth first.
    private struct Walk {
        let count: UInt32
        let hashes: [Hash32]
        let flags: [Bool]
        private var usedHashes = 0
        private var usedFlags = 0

        init(count: UInt32, hashes: [Hash32], flags: [Bool]) {
            self.count = count
            self.hashes = hashes
            self.flags = flags
        }

        struct Found {
            let leaf: Hash32
            let position: UInt32
            var siblings: [Hash32]
        }

        /// The flags without the zeros that pad the last byte.
        var readFlags: [Bool] { Array(flags.prefix(usedFlags)) }

        /// Whether everything was read: all hashes, and all flags but the zeros that pad the last byte.
        var isComplete: Bool {
            usedHashes == hashes.count && (usedFlags + 7) / 8 == flags.count / 8
                && !flags[usedFlags...].contains(true)
        }

        mutating func subtree(
            height: Int, place: UInt32
        ) throws(MerkleBlockFailure) -> (hash: Hash32, matches: [Found]) {
            guard usedFlags < flags.count else { throw .shape }
            let leadsToMatch = flags[usedFlags]
            usedFlags += 1
            guard leadsToMatch, height > 0 else {
                guard usedHashes < hashes.count else { throw .shape }
                let hash = hashes[usedHashes]
                usedHashes += 1
                return (hash, leadsToMatch ? [Found(leaf: hash, position: place, siblings: [])] : [])
            }
            var left = try subtree(height: height - 1, place: 2 * place)
            guard 2 * place + 1 < MerkleBlock.width(of: count, at: height - 1) else {
                for index in left.matches.indices { left.matches[index].siblings.append(left.hash) }
                return (MerkleTree.node(left.hash, left.hash), left.matches)
            }
            var right = try subtree(height: height - 1, place: 2 * place + 1)
            guard left.hash != right.hash else { throw .repetition }
            for index in left.matches.indices { left.matches[index].siblings.append(right.hash) }
            for index in right.matches.indices { right.matches[index].siblings.append(left.hash) }
            return (MerkleTree.node(left.hash, right.hash), left.matches + right.matches)
        }
    }

    /// Collects hashes and flags from the whole tree.
    private struct Builder {
        let levels: [[(hash: Hash32, leadsToMatch: Bool)]]
        private(set) var hashes: [Hash32] = []
        private(set) var flags: [Bool] = []

        init(level: [(hash: Hash32, leadsToMatch: Bool)]) {
            var levels = [level]
            var level = level
            while level.count > 1 {
                let below = level
                level = stride(from: 0, to: below.count, by: 2).map { left in
                    let right = min(left + 1, below.count - 1)
                    return (
                        MerkleTree.node(below[left].hash, below[right].hash),
                        below[left].leadsToMatch || below[right].leadsToMatch
                    )
                }
                levels.append(level)
            }
            self.levels = levels
        }

        mutating func visit(height: Int, place: Int) {
            let node = levels[height][place]
            flags.append(node.leadsToMatch)
            guard node.leadsToMatch, height > 0 else {
                hashes.append(node.hash)
                return
            }
            visit(height: height - 1, place: 2 * place)
            if 2 * place + 1 < levels[height - 1].count { visit(height: height - 1, place: 2 * place + 1) }
        }
    }
}
