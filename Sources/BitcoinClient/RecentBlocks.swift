import Bitcoin
import JSONRPC
import Primitives
import WalletActions

/// An index of the newest blocks of the best chain: the transactions in them and the outputs that these spend.
///
/// A node without a transaction index finds a confirmed transaction only with its block's hash. The transactions that
/// we look for are young, so the newest blocks contain them. The index keeps 8 bytes for each transaction and each
/// spent output: 10 MB for a day of full blocks, 28 MB for blocks made to hold the most inputs. On a match the block is
/// fetched again and searched, so a false match costs a fetch and changes no answer. Blocks are fetched one at a time,
/// newest first, for all callers together. Blocks already read are kept after a failure.
actor RecentBlocks {
    private struct Entry {
        let hash: BlockHash
        let previous: BlockHash
        /// Sorted.
        let marks: [UInt64]

        func holds(_ mark: UInt64) -> Bool {
            var (low, high) = (0, marks.count)
            while low < high {
                let middle = (low + high) / 2
                if marks[middle] < mark { low = middle + 1 } else { high = middle }
            }
            return low < marks.count && marks[low] == mark
        }
    }

    /// The bytes of the largest answer: two digits for each of at most 4,000,000 bytes, and the object around them.
    private static let largestBlock = 8_001_000

    private let rpc: JSONRPCClient
    /// The number of blocks that are held.
    private let depth: UInt32
    private var entries: [UInt32: Entry] = [:]
    private let turns = Turns()
    /// The block of the last failed read, its error, and the number of failed reads so far.
    private var failed: (hash: BlockHash, error: BitcoinClientFailure, count: Int)?

    init(rpc: JSONRPCClient, depth: UInt32) {
        self.rpc = rpc
        self.depth = depth
    }

    /// Finds a transaction in the newest blocks up to the tip.
    func find(_ txid: Txid, tip: BitcoinTip) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        try await newestFirst(tip, Self.mark(txid)) { $0.txid == txid }
    }

    /// Finds the transaction in the newest blocks that spends an output.
    func spender(of outPoint: OutPoint, tip: BitcoinTip) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        try await newestFirst(tip, Self.mark(outPoint)) { $0.inputs.contains { $0.outPoint == outPoint } }
    }

    /// Reads the newest blocks up to the tip that are not read yet.
    func readUp(to tip: BitcoinTip) async throws(BitcoinClientFailure) {
        _ = try await newestFirst(tip, nil) { _ in false }
    }

    private func newestFirst(
        _ tip: BitcoinTip, _ mark: UInt64?, _ isWanted: (Transaction) -> Bool
    ) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        var hash = tip.hash
        let lowest = tip.height >= depth ? tip.height - depth + 1 : 0
        // This is done first, because a node whose reads fail half-way at changing heights must not fill the memory.
        entries = entries.filter { $0.key >= lowest && $0.key <= tip.height }
        for height in stride(from: Int64(tip.height), through: Int64(lowest), by: -1) {
            let entry = try await entry(UInt32(height), hash: hash)
            // Only the first block has no parent. Otherwise the heights are not those of this chain.
            guard (height == 0) == (entry.previous == .zero) else { throw .contradiction }
            if let mark, entry.holds(mark) {
                let bytes = try await bytes(of: hash)
                guard let block = try? Block(decoding: bytes), block.hash == hash else { throw .contradiction }
                if let transaction = block.transactions.first(where: isWanted) {
                    let place = TransactionPlace.block(
                        height: UInt32(height), hash: hash, confirmations: tip.height - UInt32(height) + 1)
                    return LocatedTransaction(transaction: transaction, place: place)
                }
            }
            hash = entry.previous
        }
        return nil
    }

    /// Reads the outline of a block, once. Blocks are found by their parents' hashes, so a reorganisation needs no
    /// event.
    private func entry(_ height: UInt32, hash: BlockHash) async throws(BitcoinClientFailure) -> Entry {
        if let held = entries[height], held.hash == hash { return held }
        let before = failed?.count ?? 0
        return try await turns.run { () async throws(BitcoinClientFailure) in
            try await self.read(height, hash, failedBefore: before)
        }
    }

    private func read(
        _ height: UInt32, _ hash: BlockHash, failedBefore: Int
    ) async throws(BitcoinClientFailure) -> Entry {
        if let held = entries[height], held.hash == hash { return held }
        // The read failed while this caller waited for its turn: a node in trouble is asked once for all waiting
        // callers.
        if let failed, failed.hash == hash, failed.count > failedBefore { throw failed.error }
        do throws(BitcoinClientFailure) {
            let bytes = try await bytes(of: hash)
            guard let outline = try? BlockOutline(decoding: bytes), outline.header.hash == hash else {
                throw .contradiction
            }
            let marks = outline.txids.map(Self.mark) + outline.spent.map(Self.mark)
            let entry = Entry(hash: hash, previous: outline.header.previous, marks: marks.sorted())
            entries[height] = entry
            return entry
        } catch {
            failed = (hash, error, (failed?.count ?? 0) + 1)
            throw error
        }
    }

    private func bytes(of hash: BlockHash) async throws(BitcoinClientFailure) -> Bytes {
        let text: String
        do throws(JSONRPCFailure) {
            text = try await rpc.call(
                "getblock", [.string(hash.display), .number(0)], as: String.self, largestBody: Self.largestBlock)
        } catch {
            throw .rpc(error)
        }
        guard let bytes = try? Bytes(hex: text) else { throw .contradiction }
        return bytes
    }

    private static func mark(_ txid: Txid) -> UInt64 {
        txid.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func mark(_ outPoint: OutPoint) -> UInt64 {
        mark(outPoint.txid) &+ (UInt64(outPoint.index) &+ 1) &* 0x9e37_79b9_7f4a_7c15
    }
}
