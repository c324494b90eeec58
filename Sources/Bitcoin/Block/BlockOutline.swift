package import Primitives

/// A block without scripts and witnesses: its transactions' ids and the outputs that they spend.
///
/// It is read in one pass over the bytes and checked against the header's merkle root, so nothing can be left out of
/// it. A list of inner nodes of the tree, passed off as transactions of 64 bytes, fails because its first transaction
/// is not a coinbase. The witness commitment is not checked. The pass costs a fraction of decoding a whole ``Block``,
/// and the block's weight bounds the outline's size.
package struct BlockOutline: Sendable {
    package let header: BlockHeader
    /// The txids in order, the coinbase's first.
    package let txids: [Txid]
    /// The outputs spent, in order, without the coinbase's null outpoint.
    package let spent: [OutPoint]

    /// Decodes exactly one block.
    ///
    /// - Throws: ``BlockFailure`` for an invalid encoding, too much weight, a misplaced coinbase, or another merkle
    ///   root. Amounts and witnesses are not checked.
    package init(decoding bytes: Bytes) throws(BlockFailure) {
        var txids: [Txid] = []
        var spent: [OutPoint] = []
        var witness = 0
        var misplaced: Int?
        do throws(DecodingFailure) {
            guard bytes.count <= Transaction.maximumByteCount else {
                throw .length(field: "block", value: UInt64(bytes.count))
            }
            var reader = ByteReader(bytes)
            header = try BlockHeader(from: &reader)
            let count = try reader.count("transactions", itemSize: 10 + TxInput.minimumSize + TxOutput.minimumSize)
            txids.reserveCapacity(count)
            for position in 0..<count {
                let skipped = try Self.skipTransaction(&reader, bytes, &spent)
                txids.append(skipped.txid)
                witness += skipped.witness
                if skipped.isCoinbase != (position == 0) { misplaced = misplaced ?? position }
            }
            try reader.finish()
        } catch {
            throw .encoding(error)
        }
        if let misplaced { throw .coinbase(position: misplaced) }
        let weight = Block.weight(bytes.count, witness: witness)
        guard weight <= Block.maximumWeight else { throw .weight(weight) }
        guard MerkleTree.root(of: txids.map(\.hash)) == header.merkleRoot else { throw .merkleRoot }
        self.txids = txids
        self.spent = spent
    }

    private struct Skipped {
        let txid: Txid
        let isCoinbase: Bool
        /// The number of bytes of the witness, with marker and flag.
        let witness: Int
    }

    /// Skips a transaction, collects the outputs that it spends, and hashes its bytes without the witness.
    private static func skipTransaction(
        _ reader: inout ByteReader, _ bytes: Bytes, _ spent: inout [OutPoint]
    ) throws(DecodingFailure) -> Skipped {
        let (start, before) = (reader.offset, spent.count)
        _ = try reader.take(4)
        var body = reader.offset
        var count = try reader.count("inputs", itemSize: 1)
        let hasWitness = count == 0
        if hasWitness {
            guard try reader.byte() == 1 else { throw .length(field: "inputs", value: 0) }
            body = reader.offset
            count = try reader.count("inputs", itemSize: TxInput.minimumSize)
        }
        guard count > 0 else { throw .length(field: "inputs", value: 0) }
        for _ in 0..<count {
            let outPoint = try OutPoint(from: &reader)
            if outPoint != .null { spent.append(outPoint) }
            _ = try reader.take(try reader.count("input script", itemSize: 1))
            _ = try reader.take(4)
        }
        for _ in 0..<(try reader.count("outputs", itemSize: TxOutput.minimumSize)) {
            _ = try reader.take(8)
            _ = try reader.take(try reader.count("output script", itemSize: 1))
        }
        let bodyEnd = reader.offset
        if hasWitness {
            for _ in 0..<count {
                for _ in 0..<(try reader.count("witness", itemSize: 1)) {
                    _ = try reader.take(try reader.count("witness element", itemSize: 1))
                }
            }
        }
        let lockTime = reader.offset
        _ = try reader.take(4)
        var hasher = SHA256Hasher()
        bytes.withUnsafeBytes { all in
            hasher.update(UnsafeRawBufferPointer(rebasing: all[start..<start + 4]))
            hasher.update(UnsafeRawBufferPointer(rebasing: all[body..<bodyEnd]))
            hasher.update(UnsafeRawBufferPointer(rebasing: all[lockTime..<lockTime + 4]))
        }
        return Skipped(
            txid: Txid(sha256(hasher.finalize().bytes)), isCoinbase: count == 1 && spent.count == before,
            witness: body - start - 4 + lockTime - bodyEnd)
    }
}
