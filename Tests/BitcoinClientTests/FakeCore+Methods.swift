import Bitcoin
import Primitives
import TestKit

/// What the node knows, method by method.
extension FakeCore {
    private struct Coin {
        let outPoint: OutPoint
        let output: TxOutput
        let height: Int
        let isCoinbase: Bool
    }

    func reply(to call: CoreCall) -> CoreReply {
        switch call.method {
        case "getblockchaininfo": return .result(information)
        case "getblockhash":
            guard let height = call[0]?.number, blocks.indices.contains(height) else {
                return .error(-8, "Block height out of range")
            }
            return .result(quoted(blocks[height].hash.display))
        case "getblock":
            guard let block = block(call[0]) else { return .error(-5, "Block not found") }
            guard call[1] == .number(1) else { return .result(quoted(block.encoded.hex)) }
            let names = block.transactions.map { quoted($0.txid.display) }.joined(separator: ",")
            return .result(object(call.method, [("hash", quoted(block.hash.display)), ("tx", "[\(names)]")]))
        case "getrawtransaction": return transaction(call)
        case "gettxout": return output(call)
        case "gettxspendingprevout":
            return .result("[\((call[0]?.list ?? []).map(spending).joined(separator: ","))]")
        case "scantxoutset": return scan(call)
        case "gettxoutproof": return proof(call)
        case "estimatesmartfee":
            return .result(object(call.method, [("feerate", "0.00012345"), ("blocks", "2")]))
        case "getmempoolinfo": return .result(pool)
        case "sendrawtransaction": return send(call)
        default: return .error(-32601, "Method not found")
        }
    }

    private var information: String {
        let isNew = release == .core29
        let time = String(tip.header.time)
        let first = [
            ("chain", quoted("regtest")), ("blocks", String(blocks.count - 1)), ("headers", String(blocks.count - 1)),
            ("bestblockhash", quoted(tip.hash.display)),
        ]
        let target = [
            ("bits", quoted("207fffff")), ("target", quoted("7fffff" + String(repeating: "0", count: 58))),
        ]
        let rest = [
            ("difficulty", "4.656542373906925e-10"), ("time", time), ("mediantime", time),
            ("verificationprogress", "1"), ("initialblockdownload", "false"),
            ("chainwork", quoted(String(repeating: "0", count: 62) + "ff")), ("size_on_disk", "45000"),
            ("pruned", "false"), ("warnings", isNew ? "[]" : quoted("")),
        ]
        return object("getblockchaininfo", first + (isNew ? target : []) + rest)
    }

    private var pool: String {
        object(
            "getmempoolinfo",
            [
                ("loaded", "true"), ("size", String(mempool.count)), ("bytes", "0"), ("usage", "0"),
                ("total_fee", "0.00000000"), ("maxmempool", "300000000"), ("mempoolminfee", "0.00002000"),
                ("minrelaytxfee", "0.00001000"), ("incrementalrelayfee", "0.00001000"), ("unbroadcastcount", "0"),
                ("fullrbf", "true"),
            ])
    }

    private func block(_ value: JSONValue?) -> Block? {
        value?.text.flatMap { try? BlockHash(display: $0) }.flatMap { known[$0] }
    }

    private func transaction(_ call: CoreCall) -> CoreReply {
        let wanted = call[0]?.text
        let found: Transaction
        var place: Block?
        if let name = call[2] {
            guard let block = block(name) else { return .error(-5, "Block hash not found") }
            guard let match = block.transactions.first(where: { $0.txid.display == wanted }) else {
                return .error(
                    -5, "No such transaction found in the provided block. Use gettransaction for wallet transactions.")
            }
            (found, place) = (match, block)
        } else if let match = mempool.first(where: { $0.txid.display == wanted }) {
            found = match
        } else {
            let home =
                hasTransactionIndex ? blocks.first { $0.transactions.contains { $0.txid.display == wanted } } : nil
            guard let home, let match = home.transactions.first(where: { $0.txid.display == wanted }) else {
                return .error(
                    -5,
                    "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain "
                        + "transaction queries. Use gettransaction for wallet transactions.")
            }
            (found, place) = (match, home)
        }
        guard call[1] == .number(1) || call[1] == .flag(true) else { return .result(quoted(found.encoded.hex)) }
        var own = [
            ("txid", quoted(found.txid.display)), ("hash", quoted(found.wtxid.display)), ("version", "1"),
            ("size", String(found.encoded.count)), ("locktime", "0"), ("vin", "[]"), ("vout", "[]"),
            ("hex", quoted(found.encoded.hex)),
        ]
        if let place {
            own += [
                ("blockhash", quoted(place.hash.display)), ("confirmations", "1"), ("time", "1"), ("blocktime", "1"),
            ]
        }
        return .result(object(call.method, own))
    }

    private var coins: [Coin] {
        var coins: [OutPoint: Coin] = [:]
        for (height, block) in blocks.enumerated() {
            for transaction in block.transactions {
                for input in transaction.inputs { coins[input.outPoint] = nil }
                let txid = transaction.txid
                for (index, output) in transaction.outputs.enumerated() {
                    let outPoint = OutPoint(txid: txid, index: UInt32(index))
                    coins[outPoint] = Coin(
                        outPoint: outPoint, output: output, height: height, isCoinbase: transaction.isCoinbase)
                }
            }
        }
        return coins.values.sorted { $0.outPoint < $1.outPoint }
    }

    private func output(_ call: CoreCall) -> CoreReply {
        guard let txid = call[0]?.text, let index = call[1]?.number else { return .error(-8, "no output named") }
        let withMempool = call[2] != .flag(false)
        let isSpent = mempool.contains { transaction in
            transaction.inputs.contains { $0.outPoint.txid.display == txid && $0.outPoint.index == index }
        }
        if withMempool, isSpent { return .result("null") }
        if let coin = coins.first(where: { $0.outPoint.txid.display == txid && $0.outPoint.index == index }) {
            return .result(described(coin.output, confirmations: blocks.count - coin.height, coin.isCoinbase))
        }
        guard withMempool, let maker = mempool.first(where: { $0.txid.display == txid }),
            maker.outputs.indices.contains(index)
        else { return .result("null") }
        return .result(described(maker.outputs[index], confirmations: 0, false))
    }

    private func described(_ output: TxOutput, confirmations: Int, _ isCoinbase: Bool) -> String {
        let script = object(
            "gettxout.scriptPubKey",
            [
                ("asm", quoted("0 " + output.script.hex.dropFirst(4))), ("desc", quoted("raw(\(output.script.hex))")),
                ("hex", quoted(output.script.hex)), ("type", quoted("witness_v0_keyhash")),
            ])
        return object(
            "gettxout",
            [
                ("bestblock", quoted(tip.hash.display)), ("confirmations", String(confirmations)),
                ("value", output.value.bitcoinText), ("scriptPubKey", script), ("coinbase", String(isCoinbase)),
            ])
    }

    private func spending(_ place: JSONValue) -> String {
        let (txid, index) = (place["txid"]?.text ?? "", place["vout"]?.number ?? 0)
        let spender = mempool.first { transaction in
            transaction.inputs.contains { $0.outPoint.txid.display == txid && $0.outPoint.index == index }
        }
        let own = [("txid", quoted(txid)), ("vout", String(index))]
        return object(
            "gettxspendingprevout", own + (spender.map { [("spendingtxid", quoted($0.txid.display))] } ?? []))
    }

    private func scan(_ call: CoreCall) -> CoreReply {
        if call[0] == .string("status") { return .result(isScanning ? #"{"progress":37}"# : "null") }
        if call[0] == .string("abort") {
            defer { abortScan() }
            return .result(String(isScanning))
        }
        guard call[0] == .string("start") else { return .error(-8, "Invalid action") }
        guard !isScanning else { return .error(-8, "Scan already in progress, use action \"abort\" or \"status\"") }
        let wanted = Set((call[1]?.list ?? []).compactMap(\.text))
        let found = coins.filter { wanted.contains("raw(\($0.output.script.hex))") }
        let unspents = found.map { coin in
            let newer = [
                ("blockhash", quoted(blocks[coin.height].hash.display)),
                ("confirmations", String(blocks.count - coin.height)),
            ]
            return object(
                "scantxoutset.unspents",
                [
                    ("txid", quoted(coin.outPoint.txid.display)), ("vout", String(coin.outPoint.index)),
                    ("scriptPubKey", quoted(coin.output.script.hex)),
                    ("desc", quoted("raw(\(coin.output.script.hex))#checksum")),
                    ("amount", coin.output.value.bitcoinText), ("coinbase", String(coin.isCoinbase)),
                    ("height", String(coin.height)),
                ] + (release == .core29 ? newer : []))
        }
        return .result(
            object(
                call.method,
                [
                    ("success", "true"), ("txouts", "300"), ("height", String(blocks.count - 1)),
                    ("bestblock", quoted(tip.hash.display)), ("unspents", "[\(unspents.joined(separator: ","))]"),
                    ("total_amount", Satoshis.sum(found.map(\.output.value))?.bitcoinText ?? "0"),
                ]))
    }

    private func proof(_ call: CoreCall) -> CoreReply {
        guard let block = block(call[1]) else { return .error(-5, "Block not found") }
        let wanted = Set((call[0]?.list ?? []).compactMap { $0.text.flatMap { try? Txid(display: $0) } })
        let txids = block.transactions.map(\.txid)
        guard wanted.isSubset(of: txids), let proof = MerkleBlock(header: block.header, txids: txids, matching: wanted)
        else { return .error(-5, "Not all transactions found in specified or retrieved block") }
        return .result(quoted(proof.encoded.hex))
    }

    private func send(_ call: CoreCall) -> CoreReply {
        guard let bytes = call[0]?.text.flatMap({ try? Bytes(hex: $0) }), let sent = try? Transaction(decoding: bytes)
        else { return .error(-22, "TX decode failed. Make sure the tx has at least one input.") }
        if mempool.contains(sent) { return .result(quoted(sent.txid.display)) }
        let coins = coins
        if coins.contains(where: { $0.outPoint.txid == sent.txid }) {
            return .error(
                -27,
                release == .core27 ? "Transaction already in block chain" : "Transaction outputs already in utxo set")
        }
        guard sent.inputs.allSatisfy({ input in coins.contains { $0.outPoint == input.outPoint } }) else {
            return .error(-25, "bad-txns-inputs-missingorspent")
        }
        let rivals = mempool.filter { $0.inputs.contains { sent.inputs.map(\.outPoint).contains($0.outPoint) } }
        guard rivals.isEmpty else { return .error(-26, "insufficient fee, rejecting replacement \(sent.txid)") }
        mempool.append(sent)
        return .result(quoted(sent.txid.display))
    }
}
