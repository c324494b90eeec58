package import Bitcoin
import CurlHTTP
import Foundation
package import JSONRPC
package import Node
import Primitives
package import WalletActions

/// Bitcoin by the JSON-RPC of a Bitcoin Core node, without a wallet and without its transaction index.
///
/// Answers are checked, never believed: a transaction must hash to its id, a block to its hash and its transactions to its
/// merkle root, and a place in an older block is shown by a proof. Amounts are read as exact decimals.
package struct BitcoinCoreClient: BitcoinChain {
    /// The chains a node can be on, by the names it gives them.
    package enum Network: String, Sendable {
        case main
        case test
        case signet
        case regtest
    }

    private let rpc: JSONRPCClient
    private let network: Network
    /// Seconds after which a tip without a successor is stale; nil: never (test chains).
    private let maximumTipAge: UInt64?
    private let now: @Sendable () -> UInt64
    private let recent: RecentBlocks

    /// Speaks to one node. `now` gives Unix seconds, for the age of the tip only.
    package init(
        rpc: JSONRPCClient, network: Network, maximumTipAge: UInt64?,
        now: @escaping @Sendable () -> UInt64 = { UInt64(Date().timeIntervalSince1970) }
    ) {
        self.rpc = rpc
        self.network = network
        self.maximumTipAge = maximumTipAge
        self.now = now
        recent = RecentBlocks(rpc: rpc)
    }

    /// Answers a question from the node's best chain and mempool.
    package func answer(_ query: BitcoinQuery) async -> ChainAnswer {
        do throws(BitcoinClientFailure) {
            switch query {
            case .tip: return .bitcoin(.tip(try await tip()))
            case .transaction(let txid): return .bitcoin(.transaction(try await transaction(txid)))
            case .unspentOutputs(let script): return .bitcoin(.unspentOutputs(try await unspentOutputs(script)))
            case .spender(let outPoint): return .bitcoin(.spender(try await spender(of: outPoint)))
            case .feeQuotes(let target): return .bitcoin(.feeQuotes([try await feeQuote(target: target)]))
            }
        } catch {
            return .unavailable(error.unavailable)
        }
    }

    /// Hands a transaction to the node. One that it has already, in mempool or chain, is accepted.
    package func broadcast(_ transaction: Transaction) async -> BroadcastResult {
        do throws(JSONRPCFailure) {
            _ = try await rpc.call("sendrawtransaction", [.string(transaction.encoded.hex)], as: String.self)
            return .accepted
        } catch {
            switch error {
            case .error(let refusal) where refusal.code == CoreError.alreadyInChain: return .accepted
            case .error(let refusal): return .refused(refusal.message)
            case .transport, .status, .malformed: return .unknown
            }
        }
    }

    /// The tip of a node on the right chain that is in sync.
    private func tip() async throws(BitcoinClientFailure) -> BitcoinTip {
        let info = try await call("getblockchaininfo", as: ChainInfo.self)
        guard info.chain == network.rawValue else { throw .wrongChain(info.chain) }
        guard !info.initialblockdownload, info.headers <= info.blocks + 1 else { throw .stale }
        if let maximumTipAge, let time = info.time, now() > time + maximumTipAge { throw .stale }
        guard let hash = try? BlockHash(display: info.bestblockhash) else { throw .contradiction }
        return BitcoinTip(height: info.blocks, hash: hash)
    }

    private func transaction(_ txid: Txid) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        let tip = try await tip()
        if let found = try await recent.find(txid, tip: tip) { return found }
        if let transaction = try await raw(txid, block: nil) {
            return LocatedTransaction(transaction: transaction, place: .mempool)
        }
        return try await older(txid, tip: tip)
    }

    /// An older transaction of which an output is unspent: that shows its height, and a proof its place.
    private func older(_ txid: Txid, tip: BitcoinTip) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        let calls = (0..<Self.outputsTried).map { index in
            JSONRPCClient.Call("gettxout", [.string(txid.display), .number(UInt64(index)), .flag(false)])
        }
        let answers: [Result<UnspentInfo?, JSONRPCFailure>]
        do throws(JSONRPCFailure) {
            answers = try await rpc.batch(calls, as: UnspentInfo?.self)
        } catch {
            throw .rpc(error)
        }
        for answer in answers {
            guard case .success(.some(let info)) = answer, info.confirmations > 0,
                info.confirmations <= UInt64(tip.height) + 1
            else { continue }
            let height = tip.height - UInt32(info.confirmations - 1)
            let hash = try await blockHash(height)
            guard let transaction = try await raw(txid, block: hash) else { throw .contradiction }
            try await prove(txid, in: hash)
            return LocatedTransaction(
                transaction: transaction,
                place: .block(height: height, hash: hash, confirmations: UInt32(info.confirmations)))
        }
        return nil
    }

    /// A merkle branch from the transaction to the block's header (wallet-actions.md §2).
    private func prove(_ txid: Txid, in hash: BlockHash) async throws(BitcoinClientFailure) {
        let proof = try await call(
            "gettxoutproof", [.list([.string(txid.display)]), .string(hash.display)], as: String.self)
        guard let bytes = try? Bytes(hex: proof), let block = try? MerkleBlock(decoding: bytes),
            block.header.hash == hash, block.matches.contains(where: { $0.txid == txid })
        else { throw .contradiction }
    }

    private func unspentOutputs(_ script: Script) async throws(BitcoinClientFailure) -> [UnspentOutput] {
        let scan = try await call(
            "scantxoutset", [.string("start"), .list([.string("raw(\(script.hex))")])], as: ScanResult.self)
        guard scan.success else { throw .stale }
        var outputs: [UnspentOutput] = []
        for unspent in scan.unspents {
            guard let txid = try? Txid(display: unspent.txid), unspent.scriptPubKey == script.hex,
                let value = try? Satoshis(bitcoin: unspent.amount.description)
            else { throw .contradiction }
            outputs.append(
                UnspentOutput(
                    outPoint: OutPoint(txid: txid, index: unspent.vout), output: TxOutput(value: value, script: script),
                    height: unspent.height))
        }
        return outputs.sorted { $0.outPoint < $1.outPoint }
    }

    private func spender(of outPoint: OutPoint) async throws(BitcoinClientFailure) -> OutputSpender {
        let tip = try await tip()
        let unspent = try await call(
            "gettxout", [.string(outPoint.txid.display), .number(UInt64(outPoint.index)), .flag(true)],
            as: UnspentInfo?.self)
        if unspent != nil { return .unspent }
        let place = JSONParameter.object([
            "txid": .string(outPoint.txid.display), "vout": .number(UInt64(outPoint.index)),
        ])
        let spending = try await call("gettxspendingprevout", [.list([place])], as: [SpendingInfo].self)
        if let name = spending.first?.spendingtxid {
            guard let txid = try? Txid(display: name) else { throw .contradiction }
            guard let transaction = try await raw(txid, block: nil) else { throw .stale }
            guard transaction.inputs.contains(where: { $0.outPoint == outPoint }) else { throw .contradiction }
            return .spent(by: LocatedTransaction(transaction: transaction, place: .mempool))
        }
        if let found = try await recent.spender(of: outPoint, tip: tip) { return .spent(by: found) }
        return .noSuchOutput
    }

    private func feeQuote(target: UInt64) async throws(BitcoinClientFailure) -> FeeQuote {
        let estimate = try await call("estimatesmartfee", [.number(target)], as: FeeInfo.self)
        let pool = try await call("getmempoolinfo", as: MempoolInfo.self)
        // The greater of what the mempool takes now and what the node relays at all.
        let floors = [pool.mempoolminfee, pool.minrelaytxfee].compactMap { $0 }.map(Self.rate)
        return FeeQuote(
            estimate: estimate.feerate.map(Self.rate).flatMap { $0 > 0 ? $0 : nil }, mempoolMinimum: floors.max() ?? 0)
    }

    /// A rate in BTC per 1,000 vB as whole sat/vB, rounded up; 0 for what is no rate.
    private static func rate(_ decimal: Decimal) -> UInt64 {
        (try? FeeRate(bitcoinPerKilobyte: decimal.description))?.satoshisPerVirtualByte ?? 0
    }

    /// A whole transaction of the mempool, or of a named block; nil where the node has none of that id.
    private func raw(_ txid: Txid, block: BlockHash?) async throws(BitcoinClientFailure) -> Transaction? {
        var parameters: [JSONParameter] = [.string(txid.display), .number(0)]
        if let block { parameters.append(.string(block.display)) }
        let text: String
        do throws(JSONRPCFailure) {
            text = try await rpc.call("getrawtransaction", parameters, as: String.self)
        } catch {
            if case .error(let refusal) = error, refusal.code == CoreError.notFound { return nil }
            throw .rpc(error)
        }
        guard let bytes = try? Bytes(hex: text), let transaction = try? Transaction(decoding: bytes),
            transaction.txid == txid
        else { throw .contradiction }
        return transaction
    }

    private func blockHash(_ height: UInt32) async throws(BitcoinClientFailure) -> BlockHash {
        let text = try await call("getblockhash", [.number(UInt64(height))], as: String.self)
        guard let hash = try? BlockHash(display: text) else { throw .contradiction }
        return hash
    }

    private func call<Value: Decodable & Sendable>(
        _ method: String, _ parameters: [JSONParameter] = [], as _: Value.Type
    ) async throws(BitcoinClientFailure) -> Value {
        do throws(JSONRPCFailure) {
            return try await rpc.call(method, parameters, as: Value.self)
        } catch {
            throw .rpc(error)
        }
    }

    /// The outputs by which an older transaction is looked for.
    private static let outputsTried = 24
}
