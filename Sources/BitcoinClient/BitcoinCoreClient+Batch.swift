import Bitcoin
import JSONRPC
package import WalletActions

/// Questions asked together. Their first calls go to the node in one request.
extension BitcoinCoreClient {
    private typealias Call = JSONRPCClient.Call

    /// Answers questions from the node's best chain and mempool. The tip is asked for first, once for all questions. A
    /// question that another caller has under way is not asked again.
    package func answer(_ queries: [BitcoinQuery]) async -> [ChainAnswer] {
        await underWay.answers(to: queries) { queries in
            let calls = opening(queries)
            let replies = await replies(to: calls)
            return await withTaskGroup(of: (Int, ChainAnswer).self) { group in
                for (index, query) in queries.enumerated() {
                    var asker = self
                    asker.ahead = RepliesAhead(calls, replies)
                    group.addTask { [asker] in (index, await asker.answerAlone(query)) }
                }
                let answers = await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                return queries.indices.map { answers[$0] ?? .unavailable(.silent) }
            }
        }
    }

    /// Fetches the calls that come next in one request.
    func prefetch(_ calls: [JSONRPCClient.Call]) async { ahead.add(calls, await replies(to: calls)) }

    private func replies(to calls: [Call]) async -> [Result<AnyResult, JSONRPCFailure>] {
        guard !calls.isEmpty else { return [] }
        do throws(JSONRPCFailure) {
            return try await rpc.batch(calls, largestBody: Self.largestAnswer)
        } catch {
            return calls.map { _ in .failure(error) }
        }
    }

    /// The first calls of the questions, each once.
    private func opening(_ queries: [BitcoinQuery]) -> [Call] {
        var calls = queries.flatMap(Self.opening)
        // A scan takes minutes and asks for the tip itself right before it begins.
        if queries.contains(where: { if case .unspentOutputs = $0 { false } else { true } }) {
            calls = tipCalls + calls
        }
        return calls
    }

    private static func opening(_ query: BitcoinQuery) -> [Call] {
        switch query {
        case .tip, .unspentOutputs: []
        case .transaction(let txid):
            [known(txid)]
                + (0..<outputsTried).map { index in
                    Call(
                        "gettxout", [.string(txid.display), .number(UInt64(index)), .flag(false)],
                        returning: UnspentInfo?.self)
                }
        case .spender(let outPoint): [unspent(outPoint), spending(outPoint)]
        case .feeQuotes(let target):
            [
                Call("estimatesmartfee", [.number(target)], returning: FeeInfo.self),
                Call("getmempoolinfo", [], returning: MempoolInfo.self),
            ]
        }
    }

    /// The calls that show the tip.
    var tipCalls: [JSONRPCClient.Call] {
        let info = Call("getblockchaininfo", [], returning: ChainInfo.self)
        return network.firstBlock == nil ? [info] : [info, Call("getblockhash", [.number(0)], returning: String.self)]
    }

    static func known(_ txid: Txid) -> JSONRPCClient.Call {
        Call("getrawtransaction", [.string(txid.display), .number(1)], returning: TransactionInfo.self)
    }

    static func raw(_ txid: Txid, block: BlockHash) -> JSONRPCClient.Call {
        Call(
            "getrawtransaction", [.string(txid.display), .number(0), .string(block.display)], returning: String.self)
    }

    static func names(of block: BlockHash) -> JSONRPCClient.Call {
        Call("getblock", [.string(block.display), .number(1)], returning: BlockInfo.self)
    }

    static func unspent(_ outPoint: OutPoint) -> JSONRPCClient.Call {
        Call(
            "gettxout", [.string(outPoint.txid.display), .number(UInt64(outPoint.index)), .flag(true)],
            returning: UnspentInfo?.self)
    }

    static func spending(_ outPoint: OutPoint) -> JSONRPCClient.Call {
        let place = JSONParameter.object([
            "txid": .string(outPoint.txid.display), "vout": .number(UInt64(outPoint.index)),
        ])
        return Call("gettxspendingprevout", [.list([place])], returning: [SpendingInfo].self)
    }
}
