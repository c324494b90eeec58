package import Bitcoin
import CurlHTTP
import Foundation
package import JSONRPC
package import Logging
package import Node
import Primitives
import WalletActions

/// Bitcoin through the JSON-RPC of a Bitcoin Core node, without a wallet and without its transaction index.
///
/// Every answer is checked: a transaction must hash to its id, a block must hash to its hash and its transactions to
/// its merkle root, and the place in an older block must have a merkle proof. Amounts are read as exact decimals. A
/// question that takes several calls is answered for the tip of the first call. If the tip moved meanwhile and that is
/// not possible, the answer is unavailable.
package struct BitcoinCoreClient: BitcoinChain {
    /// The chains a node can be on, by the names it gives them.
    package enum Network: String, Sendable {
        case main
        case test
        case signet
        case regtest

        /// The hash of the first block (Bitcoin Core src/kernel/chainparams.cpp). Nil on regtest, because the
        /// development network's chain has a first block of its own.
        var firstBlock: String? {
            switch self {
            case .main: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
            case .test: "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"
            case .signet: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"
            case .regtest: nil
            }
        }
    }

    let rpc: JSONRPCClient
    let network: Network
    /// The age in seconds after which a tip is stale; nil on test chains, where a tip is never stale.
    private let maximumTipAge: UInt64?
    private let now: @Sendable () -> UInt64
    private let recent: RecentBlocks
    private let scans = Turns()
    let scanTimeout: Duration
    private let reports: SourceReports
    let underWay = SharedQuestions<BitcoinQuery, ChainAnswer>()
    /// Replies to calls that the current question is about to make.
    var ahead = RepliesAhead()

    /// The number of newest blocks that are held: the blocks of a day.
    package static let recentBlocks: UInt32 = 144

    /// Makes a client of one node. `now` returns Unix seconds and is used for the age of the tip only. `scanTimeout` is
    /// for a scan of the unspent outputs, which takes minutes on the main chain.
    package init(
        rpc: JSONRPCClient, network: Network, maximumTipAge: UInt64?, recentBlocks: UInt32 = Self.recentBlocks,
        scanTimeout: Duration = .seconds(600), logger: Logger,
        now: @escaping @Sendable () -> UInt64 = { UInt64(Date().timeIntervalSince1970) }
    ) {
        self.rpc = rpc
        self.network = network
        self.maximumTipAge = maximumTipAge
        self.now = now
        self.scanTimeout = scanTimeout
        reports = SourceReports(logger: logger)
        recent = RecentBlocks(rpc: rpc, depth: recentBlocks)
    }

    /// Answers one question from the node's best chain and mempool.
    func answerAlone(_ query: BitcoinQuery) async -> ChainAnswer {
        do throws(BitcoinClientFailure) {
            let answer = try await facts(query)
            reports.well(Self.subject)
            return .bitcoin(answer)
        } catch {
            if let condition = error.condition { reports.bad(Self.subject, condition) }
            return .unavailable(error.unavailable)
        }
    }

    private static let subject = "Bitcoin source"
    private static let blocks = "Bitcoin source's last blocks"

    /// Reads the newest blocks in the background, so that questions find them already read, and reports a node's
    /// trouble also while no question is asked. Blocks already read are kept after a failure; the next round continues
    /// from there.
    ///
    /// - Throws: `CancellationError` when its task is cancelled; nothing else ends it.
    package func keepUp(every pause: Duration) async throws {
        while true {
            if case .bitcoin(.tip(let tip)) = await answer(.tip) {
                do throws(BitcoinClientFailure) {
                    try await recent.readUp(to: tip)
                    reports.well(Self.blocks)
                } catch {
                    if let condition = error.condition { reports.bad(Self.blocks, condition) }
                }
            }
            try await Task.sleep(for: pause)
        }
    }

    private func facts(_ query: BitcoinQuery) async throws(BitcoinClientFailure) -> BitcoinAnswer {
        switch query {
        case .tip: .tip(try await tip())
        case .transaction(let txid): .transaction(try await transaction(txid))
        case .unspentOutputs(let script): .unspentOutputs(try await unspentOutputs(script))
        case .spender(let outPoint): .spender(try await spender(of: outPoint))
        case .feeQuotes(let target): .feeQuotes([try await feeQuote(target: target)])
        }
    }

    /// Broadcasts a transaction through the node. A transaction that the node already has, in mempool or chain, counts
    /// as accepted, whatever the text of its refusal (durability-and-events.md BT8). The result is `unknown` if the
    /// node is still starting or its answer names another transaction.
    package func broadcast(_ transaction: Transaction) async -> BroadcastResult {
        do throws(JSONRPCFailure) {
            let txid = try await rpc.call("sendrawtransaction", [.string(transaction.encoded.hex)], as: String.self)
            return txid == transaction.txid.display ? .accepted : .unknown
        } catch {
            switch error {
            case .error(let refusal) where refusal.code == CoreError.alreadyInChain: return .accepted
            case .error(let refusal) where refusal.code == CoreError.warmingUp: return .unknown
            case .error(let refusal):
                // If the look-up fails, the refusal stands.
                if case .bitcoin(.transaction(.some)) = await answer(.transaction(transaction.txid)) {
                    return .accepted
                }
                return .refused(refusal.message)
            case .transport, .status, .malformed: return .unknown
            }
        }
    }

    /// The tip of a node on the right chain, if the tip is young. The node's own report of its synchronisation
    /// (`initialblockdownload`, headers above blocks) is shown to the operator and decides nothing: both also occur
    /// beside a current tip, on test chains and where the blocks of a heavier branch are missing.
    func tip() async throws(BitcoinClientFailure) -> BitcoinTip {
        let info = try await call("getblockchaininfo", as: ChainInfo.self)
        guard info.chain == network.rawValue else { throw .wrongChain(info.chain) }
        if let firstBlock = network.firstBlock, try await blockHash(0).display != firstBlock {
            throw .wrongChain(info.chain)
        }
        guard let hash = try? BlockHash(display: info.bestblockhash), info.blocks <= Self.greatestHeight else {
            throw .contradiction
        }
        let now = now()
        if let maximumTipAge, now > info.time, now - info.time > maximumTipAge {
            throw .old(seconds: now - info.time)
        }
        showSync(info)
        return BitcoinTip(height: info.blocks, hash: hash)
    }

    private func showSync(_ info: ChainInfo) {
        guard info.initialblockdownload || info.headers > info.blocks + 1 else { return reports.well(Self.flags) }
        reports.bad(
            Self.flags,
            Condition(
                reason: .saysSyncing,
                found: "the node says initialblockdownload \(info.initialblockdownload), and has \(info.blocks) blocks "
                    + "and \(info.headers) headers; its tip counts, being young"))
    }

    private static let flags = "Bitcoin source's synchronisation"

    /// Requires that the tip is still the one at which the question began.
    private func requireUnmoved(_ tip: BitcoinTip) async throws(BitcoinClientFailure) {
        guard try await self.tip() == tip else { throw .stale }
    }

    /// Requires that an answer, which names the tip at which it was given, was given at this tip.
    func require(_ bestblock: String, is tip: BitcoinTip) throws(BitcoinClientFailure) {
        guard let hash = try? BlockHash(display: bestblock) else { throw .contradiction }
        guard hash == tip.hash else { throw .stale }
    }

    private func transaction(_ txid: Txid) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        let tip = try await tip()
        let known = try await known(txid)
        if let known, !known.isMined {
            return LocatedTransaction(transaction: known.transaction, place: .mempool)
        }
        // These two look-ups need no block to be read.
        var found = try await unspentShows(txid, tip: tip)
        if found == nil { found = try await recent.find(txid, tip: tip) }
        try await requireUnmoved(tip)
        // A transaction index finds transactions that the unspent outputs do not show.
        guard found != nil || known == nil else { throw .missing }
        return found
    }

    /// Finds a mined transaction with an unspent output. The output gives its height, and a proof gives its place.
    private func unspentShows(_ txid: Txid, tip: BitcoinTip) async throws(BitcoinClientFailure) -> LocatedTransaction? {
        for index in 0..<Self.outputsTried {
            let output: [JSONParameter] = [.string(txid.display), .number(UInt64(index)), .flag(false)]
            guard let unspent = try await call("gettxout", output, as: UnspentInfo?.self) else { continue }
            try require(unspent.bestblock, is: tip)
            guard (1...UInt64(tip.height) + 1).contains(unspent.confirmations) else { throw .contradiction }
            let confirmations = UInt32(unspent.confirmations)
            let height = tip.height - (confirmations - 1)
            let hash = try await blockHash(height)
            await prefetch([Self.raw(txid, block: hash), Self.names(of: hash)])
            guard let transaction = try await raw(txid, block: hash) else {
                try await requireUnmoved(tip)
                throw .contradiction
            }
            try await prove(txid, in: hash)
            return LocatedTransaction(
                transaction: transaction,
                place: .block(height: height, hash: hash, confirmations: confirmations))
        }
        return nil
    }

    /// Fetches a merkle branch from the transaction to the block's header (wallet-actions.md §2), and the coinbase's.
    /// Without the coinbase's branch, a transaction of 64 bytes could carry a forged tree below it.
    private func prove(_ txid: Txid, in hash: BlockHash) async throws(BitcoinClientFailure) {
        let named = try await call(
            "getblock", Self.names(of: hash).parameters, as: BlockInfo.self, largestBody: Self.largestAnswer
        ).tx.first
        guard let name = named, let first = try? Txid(display: name) else { throw .contradiction }
        let txids = (first == txid ? [first] : [first, txid]).map { JSONParameter.string($0.display) }
        let parameters: [JSONParameter] = [.list(txids), .string(hash.display)]
        await prefetch(
            [
                Self.raw(first, block: hash),
                JSONRPCClient.Call("gettxoutproof", parameters, returning: String.self),
            ] + tipCalls)
        guard let coinbase = try await raw(first, block: hash), coinbase.isCoinbase else { throw .contradiction }
        let proof = try await call("gettxoutproof", parameters, as: String.self)
        guard let bytes = try? Bytes(hex: proof), let block = try? MerkleBlock(decoding: bytes),
            block.header.hash == hash,
            let coinbaseBranch = block.matches.first(where: { $0.txid == first })?.branch,
            let branch = block.matches.first(where: { $0.txid == txid })?.branch,
            branch.shows(txid, in: block.header, coinbase: first, coinbaseBranch: coinbaseBranch)
        else { throw .contradiction }
    }

    private func unspentOutputs(_ script: Script) async throws(BitcoinClientFailure) -> [UnspentOutput] {
        try await scans.run { () async throws(BitcoinClientFailure) in try await scan(script) }
    }

    private func scan(_ script: Script) async throws(BitcoinClientFailure) -> [UnspentOutput] {
        let (tip, scan) = try await scanResult(script)
        guard scan.success else { throw .stale }
        try require(scan.bestblock, is: tip)
        guard scan.height == tip.height else { throw .contradiction }
        var outputs: [UnspentOutput] = []
        for unspent in scan.unspents {
            guard let txid = try? Txid(display: unspent.txid), unspent.scriptPubKey == script.hex,
                unspent.height <= tip.height,
                let value = try? Satoshis(bitcoin: unspent.amount.description)
            else { throw .contradiction }
            outputs.append(
                UnspentOutput(
                    outPoint: OutPoint(txid: txid, index: unspent.vout), output: TxOutput(value: value, script: script),
                    height: unspent.height))
        }
        guard Set(outputs.map(\.outPoint)).count == outputs.count else { throw .contradiction }
        return outputs.sorted { $0.outPoint < $1.outPoint }
    }

    private func spender(of outPoint: OutPoint) async throws(BitcoinClientFailure) -> OutputSpender {
        let tip = try await tip()
        if let unspent = try await unspent(outPoint) {
            try require(unspent.bestblock, is: tip)
            return .unspent
        }
        let spending = try await call(
            "gettxspendingprevout", Self.spending(outPoint).parameters, as: [SpendingInfo].self)
        guard spending.count == 1, spending[0].txid == outPoint.txid.display, spending[0].vout == outPoint.index else {
            throw .contradiction
        }
        if let name = spending[0].spendingtxid {
            guard let txid = try? Txid(display: name) else { throw .contradiction }
            if let known = try await known(txid), !known.isMined {
                guard known.transaction.inputs.contains(where: { $0.outPoint == outPoint }) else {
                    throw .contradiction
                }
                return .spent(by: LocatedTransaction(transaction: known.transaction, place: .mempool))
            }
        }
        if let found = try await recent.spender(of: outPoint, tip: tip) { return .spent(by: found) }
        // Meanwhile the spender may have left the mempool, so that the output is unspent again, or it may have been
        // mined.
        guard spending[0].spendingtxid == nil, try await unspent(outPoint) == nil else { throw .stale }
        try await requireUnmoved(tip)
        return .noSuchOutput
    }

    /// An output that neither chain nor mempool spends; nil if there is no such output.
    private func unspent(_ outPoint: OutPoint) async throws(BitcoinClientFailure) -> UnspentInfo? {
        try await call("gettxout", Self.unspent(outPoint).parameters, as: UnspentInfo?.self)
    }

    private func feeQuote(target: UInt64) async throws(BitcoinClientFailure) -> FeeQuote {
        _ = try await tip()
        let estimate = try await call("estimatesmartfee", [.number(target)], as: FeeInfo.self)
        let pool = try await call("getmempoolinfo", as: MempoolInfo.self)
        // The greater of the mempool's current minimum and the node's relay minimum.
        let floor = max(try Self.rate(pool.mempoolminfee), try Self.rate(pool.minrelaytxfee))
        let rate = try estimate.feerate.map(Self.rate) ?? 0
        return FeeQuote(estimate: rate > 0 ? rate : nil, mempoolMinimum: floor)
    }

    /// A rate in BTC per 1,000 vB as whole sat/vB, rounded up. A rate above the maximum supply of bitcoin is refused.
    private static func rate(_ decimal: Decimal) throws(BitcoinClientFailure) -> UInt64 {
        do throws(DecimalFailure) {
            let rate = try FeeRate(bitcoinPerKilobyte: decimal.description)
            guard rate.fee(vsize: 1_000) != nil else { throw .tooLarge }
            return rate.satoshisPerVirtualByte
        } catch {
            guard error == .zero else { throw .contradiction }
            return 0
        }
    }

    /// The transaction that the node returns for an id without a block hash: from the mempool or, with an index, from a
    /// block. Nil if the node has no such transaction.
    private func known(_ txid: Txid) async throws(BitcoinClientFailure) -> (transaction: Transaction, isMined: Bool)? {
        guard let info = try await found(Self.known(txid).parameters, as: TransactionInfo.self) else { return nil }
        return (try Self.transaction(info.hex, txid), info.blockhash != nil)
    }

    /// A whole transaction of a block; nil if the block has no transaction with that id.
    private func raw(_ txid: Txid, block: BlockHash) async throws(BitcoinClientFailure) -> Transaction? {
        guard let text = try await found(Self.raw(txid, block: block).parameters, as: String.self) else { return nil }
        return try Self.transaction(text, txid)
    }

    private func found<Value: Decodable & Sendable>(
        _ parameters: [JSONParameter], as _: Value.Type
    ) async throws(BitcoinClientFailure) -> Value? {
        do throws(JSONRPCFailure) {
            let value: Value = try await reply("getrawtransaction", parameters, largestBody: Self.largestAnswer)
            return value
        } catch {
            if case .error(let refusal) = error, refusal.code == CoreError.notFound { return nil }
            throw .rpc(error)
        }
    }

    private static func transaction(_ text: String, _ txid: Txid) throws(BitcoinClientFailure) -> Transaction {
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
        _ method: String, _ parameters: [JSONParameter] = [], as _: Value.Type,
        largestBody: Int = JSONRPCClient.largestBody
    ) async throws(BitcoinClientFailure) -> Value {
        do throws(JSONRPCFailure) {
            return try await reply(method, parameters, largestBody: largestBody)
        } catch {
            throw .rpc(error)
        }
    }

    /// The reply to a call: the one fetched ahead, which is used once, or else the node's reply now.
    private func reply<Value: Decodable & Sendable>(
        _ method: String, _ parameters: [JSONParameter], largestBody: Int
    ) async throws(JSONRPCFailure) -> Value {
        if let reply = ahead.take(method, parameters) { return try reply.get().value() }
        return try await rpc.call(method, parameters, as: Value.self, largestBody: largestBody)
    }

    /// Bytes of the largest answer: a block's list of transactions, a transaction in JSON, or a scan.
    static let largestAnswer = 16 << 20
    /// The number of outputs that are tried to find an older transaction.
    static let outputsTried = 24
    /// Heights are signed numbers of 32 bits in Bitcoin Core.
    private static let greatestHeight = UInt32(Int32.max)
}
