import Bitcoin
import ChainModels
import Foundation
import Primitives
import WalletActions

/// The Bitcoin model behind Bitcoin Core's JSON-RPC, as far as a client without wallet and index uses it.
struct BitcoinEndpoint {
    private static let notFound = -5
    private static let refused = -26
    private static let alreadyInChain = -27

    /// Answers a call; a broadcast changes the chain.
    func answer(_ method: String, _ parameters: [JSON], _ chain: inout BitcoinModel) throws(RPCError) -> JSON {
        switch method {
        case "getblockchaininfo":
            return .object([
                "chain": .text("regtest"), "blocks": .number(chain.height), "headers": .number(chain.height),
                "bestblockhash": .text(chain.tip.display), "initialblockdownload": .flag(false),
                "time": .number(chain.blocks[chain.blocks.count - 1].header.time), "pruned": .flag(false),
            ])
        case "getblockcount": return .number(chain.height)
        case "getblockhash":
            guard let height = parameters.first?.whole, height <= UInt64(chain.height) else {
                throw RPCError(code: -8, message: "Block height out of range")
            }
            return .text(chain.blocks[Int(height)].hash.display)
        case "getblockheader":
            let block = try block(parameters.first, chain)
            guard parameters.count > 1, parameters[1] == .flag(false) else {
                throw RPCError(code: -8, message: "only the raw header is served")
            }
            return .text(block.header.encoded.hex)
        case "getblock":
            let block = try block(parameters.first, chain)
            switch parameters.count > 1 ? parameters[1].whole : nil {
            case 0: return .text(block.encoded.hex)
            case 1: return .object(["tx": .list(block.transactions.map { .text($0.txid.display) })])
            default: throw RPCError(code: -8, message: "only the raw block and the ids of its transactions are served")
            }
        case "getrawtransaction":
            let found = try transaction(parameters, chain).encoded.hex
            guard parameters.count > 1, parameters[1].whole == 1 else { return .text(found) }
            return .object(["hex": .text(found)])
        case "gettxout": return try output(parameters, chain)
        case "gettxspendingprevout": return try spending(parameters.first, chain)
        case "scantxoutset": return try scan(parameters, chain)
        case "gettxoutproof": return try proof(parameters, chain)
        case "estimatesmartfee":
            let rate = Decimal(chain.estimate) / 100_000
            return .object(["feerate": .number(rate), "blocks": parameters.first ?? .number(2 as UInt64)])
        case "getmempoolinfo":
            let rate = Decimal(chain.minimumRate) / 100_000
            return .object([
                "size": .number(UInt64(chain.mempool.count)), "mempoolminfee": .number(rate),
                "minrelaytxfee": .number(rate),
            ])
        case "sendrawtransaction": return try send(parameters.first, &chain)
        default: throw RPCError(code: -32601, message: "Method not found")
        }
    }

    private func block(_ value: JSON?, _ chain: BitcoinModel) throws(RPCError) -> Block {
        guard let text = value?.text, let hash = try? BlockHash(display: text),
            let block = chain.blocks.last(where: { $0.hash == hash })
        else { throw RPCError(code: Self.notFound, message: "Block not found") }
        return block
    }

    private func txid(_ value: JSON?) throws(RPCError) -> Txid {
        guard let text = value?.text, let txid = try? Txid(display: text) else { throw .parameters }
        return txid
    }

    /// Finds a transaction. Without an index, a confirmed transaction is found only if the call gives its block.
    private func transaction(_ parameters: [JSON], _ chain: BitcoinModel) throws(RPCError) -> Transaction {
        let txid = try txid(parameters.first)
        let missing = RPCError(code: Self.notFound, message: "No such mempool transaction.")
        guard parameters.count > 2 else {
            guard let found = chain.unconfirmed(txid) else { throw missing }
            return found
        }
        guard let found = try block(parameters[2], chain).transactions.first(where: { $0.txid == txid }) else {
            throw missing
        }
        return found
    }

    private func output(_ parameters: [JSON], _ chain: BitcoinModel) throws(RPCError) -> JSON {
        guard parameters.count > 1, let index = parameters[1].whole.flatMap(UInt32.init(exactly:)) else {
            throw .parameters
        }
        let outPoint = OutPoint(txid: try txid(parameters.first), index: index)
        let withMempool = parameters.count < 3 || parameters[2] != .flag(false)
        if withMempool, chain.unconfirmedSpender(of: outPoint) != nil { return .null }
        if let coin = chain.coins[outPoint] {
            return described(coin.output, confirmations: chain.height - coin.height + 1, chain)
        }
        guard withMempool, let output = chain.output(outPoint) else { return .null }
        return described(output, confirmations: 0, chain)
    }

    private func described(_ output: TxOutput, confirmations: UInt32, _ chain: BitcoinModel) -> JSON {
        .object([
            "bestblock": .text(chain.tip.display), "confirmations": .number(confirmations),
            "value": .number(output.value.bitcoin),
            "scriptPubKey": .object(["hex": .text(output.script.hex)]),
        ])
    }

    private func spending(_ value: JSON?, _ chain: BitcoinModel) throws(RPCError) -> JSON {
        var answers: [JSON] = []
        for place in value?.list ?? [] {
            let txid = try txid(place["txid"])
            guard let index = place["vout"]?.whole.flatMap(UInt32.init(exactly:)) else { throw .parameters }
            var answer: [String: JSON] = ["txid": .text(txid.display), "vout": .number(index)]
            if let spender = chain.unconfirmedSpender(of: OutPoint(txid: txid, index: index)) {
                answer["spendingtxid"] = .text(spender.txid.display)
            }
            answers.append(.object(answer))
        }
        return .list(answers)
    }

    private func scan(_ parameters: [JSON], _ chain: BitcoinModel) throws(RPCError) -> JSON {
        guard parameters.first?.text == "start", parameters.count > 1 else { throw .parameters }
        var scripts: Set<Script> = []
        for descriptor in parameters[1].list ?? [] {
            guard let text = descriptor.text, text.hasPrefix("raw("), let end = text.firstIndex(of: ")"),
                let bytes = try? Bytes(hex: text[text.index(text.startIndex, offsetBy: 4)..<end])
            else { throw .parameters }
            scripts.insert(Script(bytes))
        }
        let unspents = chain.coins.filter { scripts.contains($0.value.output.script) }.sorted { $0.key < $1.key }
        return .object([
            "success": .flag(true), "height": .number(chain.height), "bestblock": .text(chain.tip.display),
            "unspents": .list(
                unspents.map { outPoint, coin in
                    .object([
                        "txid": .text(outPoint.txid.display), "vout": .number(outPoint.index),
                        "scriptPubKey": .text(coin.output.script.hex), "amount": .number(coin.output.value.bitcoin),
                        "height": .number(coin.height),
                    ])
                }),
        ])
    }

    private func proof(_ parameters: [JSON], _ chain: BitcoinModel) throws(RPCError) -> JSON {
        guard parameters.count > 1 else { throw .parameters }
        let block = try block(parameters[1], chain)
        var wanted: Set<Txid> = []
        for value in parameters[0].list ?? [] { wanted.insert(try txid(value)) }
        guard
            let proof = MerkleBlock(header: block.header, txids: block.transactions.map(\.txid), matching: wanted)
        else { throw RPCError(code: Self.notFound, message: "Not all transactions found in specified block") }
        return .text(proof.encoded.hex)
    }

    private func send(_ value: JSON?, _ chain: inout BitcoinModel) throws(RPCError) -> JSON {
        guard let text = value?.text, let bytes = try? Bytes(hex: text),
            let transaction = try? Transaction(decoding: bytes)
        else { throw RPCError(code: -22, message: "TX decode failed") }
        do throws(BitcoinModel.Refusal) {
            try chain.accept(transaction)
        } catch {
            guard error == .known else { throw RPCError(code: Self.refused, message: "\(error)") }
            guard chain.unconfirmed(transaction.txid) != nil else {
                throw RPCError(code: Self.alreadyInChain, message: "Transaction outputs already in utxo set")
            }
        }
        return .text(transaction.txid.display)
    }
}

extension Satoshis {
    /// The amount in bitcoin, as in the node's JSON.
    fileprivate var bitcoin: Decimal { Decimal(rawValue) / 100_000_000 }
}
