package import Primitives

/// A failure to decode a block or to verify its commitments.
package enum BlockFailure: Error, Hashable, Sendable {
    /// The bytes do not encode a block.
    case encoding(DecodingFailure)
    /// The first transaction is not a coinbase, or a later one is.
    case coinbase(position: Int)
    /// The block weighs more than ``Block/maximumWeight``.
    case weight(Int)
    /// The merkle root of the transactions is not the header's, or two equal neighbours hide a repetition.
    case merkleRoot
    /// The witnesses do not match the coinbase's commitment (BIP-0141).
    case witnessCommitment
}

/// A block: its header, and the transactions that the header commits to.
package struct Block: Hashable, Sendable {
    /// The maximum weight of a block (BIP-0141): a byte of a witness counts once, every other byte four times.
    package static let maximumWeight = 4_000_000

    /// The header. Its work and its place in a chain are not checked.
    package let header: BlockHeader
    /// The transactions in order, the coinbase first.
    package let transactions: [Transaction]

    /// Decodes exactly one block and checks it against its header's merkle root and, as Bitcoin demands since
    /// segregated witness, against the coinbase's witness commitment.
    ///
    /// - Throws: ``BlockFailure`` for an invalid encoding, too much weight, a misplaced coinbase, or a commitment that
    ///   does not match.
    package init(decoding bytes: Bytes) throws(BlockFailure) {
        do throws(DecodingFailure) {
            guard bytes.count <= Transaction.maximumByteCount else {
                throw .length(field: "block", value: UInt64(bytes.count))
            }
            var reader = ByteReader(bytes)
            header = try BlockHeader(from: &reader)
            let smallest = 10 + TxInput.minimumSize + TxOutput.minimumSize
            let count = try reader.count("transactions", itemSize: smallest)
            var transactions: [Transaction] = []
            transactions.reserveCapacity(count)
            for _ in 0..<count { transactions.append(try Transaction(from: &reader)) }
            try reader.finish()
            self.transactions = transactions
        } catch {
            throw .encoding(error)
        }
        let weight = Self.weight(bytes.count, witness: transactions.reduce(0) { $0 + Int($1.size.witnessSize) })
        guard weight <= Self.maximumWeight else { throw .weight(weight) }
        guard transactions.first?.isCoinbase ?? false else { throw .coinbase(position: 0) }
        if let second = transactions.dropFirst().firstIndex(where: \.isCoinbase) { throw .coinbase(position: second) }
        guard MerkleTree.root(of: transactions.map(\.txid.hash)) == header.merkleRoot else { throw .merkleRoot }
        guard hasValidWitnessCommitment else { throw .witnessCommitment }
    }

    /// The weight of a block of `bytes` bytes. `witness` counts the bytes of its transactions' witnesses with marker
    /// and flag.
    static func weight(_ bytes: Int, witness: Int) -> Int { 4 * bytes - 3 * witness }

    private init(header: BlockHeader, transactions: [Transaction]) {
        self.header = header
        self.transactions = transactions
    }

    /// The block's identity.
    package var hash: BlockHash { header.hash }

    /// The encoding, with witnesses.
    package var encoded: Bytes {
        var bytes = header.encoded
        bytes.append(compactSize: transactions.count)
        for transaction in transactions { bytes += transaction.encoded }
        return bytes
    }

    /// The position of a transaction and its branch to the merkle root; nil if the block does not contain it.
    package func branch(to txid: Txid) -> MerkleBranch? {
        let leaves = transactions.map(\.txid.hash)
        return leaves.firstIndex(of: txid.hash).flatMap { MerkleTree.branch(to: $0, in: leaves) }
    }
}

// The commitment of BIP-0141: an output of the coinbase, `6a 24 aa21a9ed` and 32 bytes.
extension Block {
    private static let commitmentPrefix: Bytes = [Opcode.return, 36, 0xaa, 0x21, 0xa9, 0xed]

    private var hasValidWitnessCommitment: Bool {
        let coinbase = transactions[0]
        let scripts = coinbase.outputs.map(\.script.bytes)
        // The last such output counts (BIP-0141). Bytes after the 32 have no meaning.
        guard let script = scripts.last(where: { $0.count >= 38 && $0.starts(with: Self.commitmentPrefix) }) else {
            return !transactions.contains(where: \.hasWitness)
        }
        guard coinbase.inputs[0].witness.count == 1, let reserved = Hash32(coinbase.inputs[0].witness[0]) else {
            return false
        }
        return Self.commitment(to: transactions, reserved: reserved)?.bytes == Bytes(script[6..<38])
    }

    private static func commitment(to transactions: [Transaction], reserved: Hash32) -> Hash32? {
        // The coinbase's own leaf is zero, because the commitment lies in the coinbase.
        MerkleTree.root(of: [.zero] + transactions.dropFirst().map(\.wtxid.hash))
            .map { MerkleTree.node($0, reserved) }
    }

    /// Mines the next block of a regtest chain: a coinbase with height (BIP-0034) and witness commitment (BIP-0141),
    /// followed by the transactions. Takes the first nonce that meets the target; this needs two tries on average.
    package static func mining(
        on previous: BlockHash, height: UInt32, time: UInt32, reward: TxOutput, transactions: [Transaction]
    ) -> Block {
        func coinbase(commitment: Bytes) -> Transaction {
            Transaction(
                version: 2,
                inputs: [
                    TxInput(
                        outPoint: .null, scriptSig: Self.heightScript(height), sequence: .max,
                        witness: [Hash32.zero.bytes])
                ],
                outputs: [reward, TxOutput(value: .zero, script: Script(commitmentPrefix + commitment))], lockTime: 0)
        }
        let uncommitted = [coinbase(commitment: Hash32.zero.bytes)] + transactions
        guard let commitment = commitment(to: uncommitted, reserved: .zero) else {
            preconditionFailure("no transaction stands twice in a block")
        }
        let all = [coinbase(commitment: commitment.bytes)] + transactions
        guard let root = MerkleTree.root(of: all.map(\.txid.hash)) else {
            preconditionFailure("no transaction stands twice in a block")
        }
        for nonce in 0...UInt32.max {
            let header = BlockHeader(
                version: 0x2000_0000, previous: previous, merkleRoot: root, time: time, bits: Target.regtest.bits,
                nonce: nonce)
            if header.meetsTarget { return Block(header: header, transactions: all) }
        }
        preconditionFailure("half of all hashes meet the target")
    }

    /// The height as the shortest push of a script number, and a filler, because a coinbase's script has at least 2
    /// bytes.
    private static func heightScript(_ height: UInt32) -> Script {
        switch height {
        case 0: return Script([0, 0])
        case 1...16: return Script([Opcode.one + UInt8(height - 1), 0])
        default:
            var number = Bytes()
            var rest = height
            while rest > 0 {
                number.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
            // The top bit is the sign.
            if let last = number.last, last & 0x80 != 0 { number.append(0) }
            return Script([UInt8(number.count)] + number + [0])
        }
    }
}
