import Bitcoin
import JSONRPC
import Primitives
import WalletActions

/// The last blocks of the best chain, whole and checked: what an index would know of them.
///
/// A node without a transaction index finds a confirmed transaction only with its block's hash; the transactions we look
/// after are young, so the last blocks hold them.
actor RecentBlocks {
    private struct Entry {
        let hash: BlockHash
        let block: Block
    }

    /// Two digits for each of at most 4,000,000 bytes, and the object around them.
    private static let largestBlock = 8_001_000

    private let rpc: JSONRPCClient
    /// How many blocks are held.
    private let depth: UInt32
    private var entries: [UInt32: Entry] = [:]

    init(rpc: JSONRPCClient, depth: UInt32) {
        self.rpc = rpc
        self.depth = depth
    }

    /// A transaction of the last blocks up to the tip.
    func find(_ txid: Txid, tip: BitcoinTip) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        try await newestFirst(tip) { $0.txid == txid }
    }

    /// The transaction of the last blocks that spends an output.
    func spender(of outPoint: OutPoint, tip: BitcoinTip) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        try await newestFirst(tip) { $0.inputs.contains { $0.outPoint == outPoint } }
    }

    private func newestFirst(
        _ tip: BitcoinTip, _ isWanted: (Transaction) -> Bool
    ) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        var hash = tip.hash
        let lowest = tip.height >= depth ? tip.height - depth + 1 : 0
        for height in stride(from: Int64(tip.height), through: Int64(lowest), by: -1) {
            let entry = try await entry(UInt32(height), hash: hash)
            // Only the first block has no parent: else the heights are not those of this chain.
            guard (height == 0) == (entry.block.header.previous == .zero) else { throw .contradiction }
            if let transaction = entry.block.transactions.first(where: isWanted) {
                let place = TransactionPlace.block(
                    height: UInt32(height), hash: hash, confirmations: tip.height - UInt32(height) + 1)
                return LocatedTransaction(transaction: transaction, place: place)
            }
            hash = entry.block.header.previous
        }
        entries = entries.filter { $0.key >= lowest }
        return nil
    }

    /// The block of a hash, fetched once; the chain is followed by its parents, so a reorganisation needs no notice.
    private func entry(_ height: UInt32, hash: BlockHash) async throws(BitcoinClientFailure) -> Entry {
        if let held = entries[height], held.hash == hash { return held }
        let text: String
        do throws(JSONRPCFailure) {
            text = try await rpc.call(
                "getblock", [.string(hash.display), .number(0)], as: String.self,
                largestBody: Self.largestBlock)
        } catch {
            throw .rpc(error)
        }
        guard let bytes = try? Bytes(hex: text), let block = try? Block(decoding: bytes), block.hash == hash else {
            throw .contradiction
        }
        let entry = Entry(hash: hash, block: block)
        entries[height] = entry
        return entry
    }
}
