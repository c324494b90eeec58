import Bitcoin
import BitcoinClient
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// Answers that are none: they have a code, and never make a fact.
@Suite(.timeLimit(.minutes(10))) struct BadAnswerTests {
    /// Every method, by a question that calls it.
    static let methods: [(String, Question)] = [
        ("getblockchaininfo", .tip), ("getblockchaininfo", .recent), ("getblockchaininfo", .spent),
        ("getblockchaininfo", .outputs), ("getblockchaininfo", .fees), ("gettxout", .recent), ("getblock", .noOutput),
        ("getrawtransaction", .waiting), ("getrawtransaction", .spent), ("gettxout", .old), ("gettxout", .spent),
        ("gettxout", .unknown), ("getblockhash", .old), ("gettxoutproof", .old), ("gettxspendingprevout", .spent),
        ("gettxspendingprevout", .noOutput), ("scantxoutset", .outputs), ("estimatesmartfee", .fees),
        ("getmempoolinfo", .fees),
    ]

    private func answer(
        _ question: Question, timeoutMilliseconds: Int = 60_000, release: FakeCore.Release = .core29,
        _ change: @Sendable (isolated FakeCore) -> Void
    ) async throws -> ChainAnswer {
        let core = await node(release)
        await core.change(change)
        return try await asking(core, timeoutMilliseconds: timeoutMilliseconds) { await $0.answer(question.query) }
    }

    @Test("A status without an answer of the protocol is silence", arguments: methods)
    func statuses(method: String, question: Question) async throws {
        // What Core says itself: 401 with nothing, 403 to a stranger's address, 503 when its work queue is full.
        for (status, body) in [
            (401, ""), (403, ""), (404, "Not Found"), (500, "Internal Server Error"), (500, "{"),
            (503, "Work queue depth exceeded"), (502, "<html>"),
        ] {
            // A node that is busy is asked until the deadline.
            let found = try await answer(question, timeoutMilliseconds: status == 503 ? 1_000 : 60_000) { core in
                core.transportFault = { calls, _ in
                    calls.contains { $0.method == method } ? .body(Bytes(body.utf8), status: status) : nil
                }
            }
            #expect(found == .unavailable(.silent), "\(method) \(status)")
        }
    }

    @Test("No answer in time, and a connection that breaks, are silence", arguments: methods)
    func silence(method: String, question: Question) async throws {
        for fault in [LoopbackAnswer.hang, .drop] {
            let found = try await answer(question, timeoutMilliseconds: 2_000) { core in
                core.transportFault = { calls, _ in calls.contains { $0.method == method } ? fault : nil }
            }
            #expect(found == .unavailable(.silent), "\(method)")
        }
    }

    @Test("What is no JSON-RPC is a contradiction", arguments: methods)
    func otherContent(method: String, question: Question) async throws {
        for body in ["", "<html>", "null", "[]", "{}", "17", "\u{0}\u{ff}", #"{"result":null,"error":null,"id":"x"}"#] {
            let found = try await answer(question) { core in
                core.transportFault = { calls, _ in
                    calls.contains { $0.method == method } ? .body(Bytes(body.utf8)) : nil
                }
            }
            #expect(found == .unavailable(.contradiction), "\(method): \(body)")
        }
    }

    @Test("An answer that ends early is a contradiction, wherever it ends", arguments: methods)
    func truncated(method: String, question: Question) async throws {
        for part in [1, 2, 10, 50, 90] {
            let found = try await answer(question) { core in
                core.transportFault = { calls, own in
                    // Behind the last brace stands an end of line.
                    let length = part == 1 ? own.count - 2 : own.count * part / 100
                    return calls.contains { $0.method == method } ? .body(Bytes(own.prefix(length))) : nil
                }
            }
            #expect(found == .unavailable(.contradiction), "\(method): \(part)")
        }
    }

    @Test("Each error of the node has its code", arguments: methods, FakeCore.Release.allCases)
    func errors(method: (String, Question), release: FakeCore.Release) async throws {
        for (code, words, reason): (Int, String, ChainAnswer.Unavailable) in [
            (-28, "Verifying blocks…", .stale), (-10, "Bitcoin Core is in initial sync", .stale),
            (-8, "Scan already in progress, use action \"abort\" or \"status\"", .stale),
            (-1, "Block not available (pruned data)", .missing), (-32601, "Method not found", .silent),
            (-32603, "Can't read block from disk", .silent), (-7, "Out of memory", .silent),
        ] {
            let found = try await answer(method.1, release: release) { core in
                core.fault = { $0.method == method.0 ? .error(code, words) : nil }
            }
            #expect(found == .unavailable(reason), "\(method.0) \(code)")
        }
    }

    @Test(
        "\"Not found\" means what it says only where a transaction is looked for; elsewhere the node has lost something"
    )
    func notFound() async throws {
        for (method, question) in Self.methods where method != "getrawtransaction" {
            let found = try await answer(question) { core in
                core.fault = { $0.method == method ? .error(-5, "not found") : nil }
            }
            #expect(found == .unavailable(.missing), "\(method)")
        }
        let inItsBlock = try await answer(.old) { core in
            core.fault = { $0.method == "getrawtransaction" && $0[2] != nil ? .error(-5, "No such transaction") : nil }
        }
        #expect(inItsBlock == .unavailable(.contradiction))
    }

    @Test("Null, or a result of another type, is a contradiction", arguments: methods)
    func otherTypes(method: String, question: Question) async throws {
        // Null is what gettxout says of an output that is spent.
        for result in ["null", "true", "17", "\"text\"", "[]", "{}", "[null]", "1.5"] {
            if method == "gettxout", result == "null" { continue }
            let found = try await answer(question) { core in
                core.fault = { $0.method == method ? .result(result) : nil }
            }
            // Without a member `feerate` there is no estimate.
            let isNoEstimate = method == "estimatesmartfee" && result == "{}"
            let none = BitcoinAnswer.feeQuotes([FeeQuote(estimate: nil, mempoolMinimum: 2)])
            #expect(
                found == (isNoEstimate ? .bitcoin(none) : .unavailable(.contradiction)), "\(method): \(result)")
        }
    }

    private static let short = quoted(String(repeating: "a", count: 62))
    private static let long = quoted(String(repeating: "a", count: 66))
    private static let other = quoted(String(repeating: "a", count: 64))
    private static let odd = quoted(String(repeating: "z", count: 64))
    private static let notHashes: [String?] = [nil, "null", "17", "\"\"", short, long, odd, "[]"]
    private static let notCounts: [String?] = [
        nil, "null", "-1", "1.5", "4294967296", "\"1\"", "true", "18446744073709551616", "[]",
    ]

    static let badMembers: [(Question, String, String, [String?])] = [
        (.tip, "getblockchaininfo", "bestblockhash", notHashes),
        (.tip, "getblockchaininfo", "blocks", notCounts + ["4294967295", "2147483648"]),
        (.tip, "getblockchaininfo", "headers", notCounts), (.tip, "getblockchaininfo", "chain", [nil, "null", "1"]),
        (.tip, "getblockchaininfo", "initialblockdownload", [nil, "null", "0", "\"false\""]),
        (.tip, "getblockchaininfo", "time", [nil, "null", "-1", "1.5", "\"1\"", "18446744073709551616"]),
        (.waiting, "getrawtransaction", "hex", notHashes + [other]),
        (.spent, "getrawtransaction", "hex", [quoted(TestBlocks.child.encoded.hex)]),
        (.old, "gettxout", "bestblock", notHashes),
        (.old, "gettxout", "confirmations", [nil, "null", "-1", "1.5", "0", "25", "4294967296", "\"1\"", "true"]),
        (.spent, "gettxspendingprevout", "spendingtxid", ["17", "\"\"", short, long, odd]),
        (.spent, "gettxspendingprevout", "txid", notHashes + [other]),
        (.spent, "gettxspendingprevout", "vout", notCounts + ["1"]),
        (.noOutput, "gettxspendingprevout", "vout", notCounts + ["1"]),
        (.outputs, "scantxoutset", "bestblock", notHashes), (.outputs, "scantxoutset", "height", notCounts + ["22"]),
        (.outputs, "scantxoutset", "unspents", [nil, "null", "{}", "[null]", "[[]]", "\"\""]),
        (.outputs, "scantxoutset", "success", [nil, "null", "1"]),
        (.outputs, "scantxoutset.unspents", "txid", notHashes + [other]),
        (.outputs, "scantxoutset.unspents", "vout", notCounts),
        (.outputs, "scantxoutset.unspents", "height", notCounts + ["24"]),
        (.outputs, "scantxoutset.unspents", "scriptPubKey", notHashes + [other]),
        (.fees, "getmempoolinfo", "mempoolminfee", [nil, "null", "-0.00001", "\"1\"", "21000001", "true", "1e200"]),
        (.fees, "getmempoolinfo", "minrelaytxfee", [nil, "null", "-0.00001", "\"1\"", "21000001", "true", "1e200"]),
        (.fees, "estimatesmartfee", "feerate", ["-1", "-0.00001", "\"1\"", "21000001", "true", "1e200", "[]"]),
    ]

    @Test("A member that is missing, null, of another type or out of bounds is a contradiction", arguments: badMembers)
    func members(question: Question, name: String, member: String, values: [String?]) async throws {
        for value in values {
            let found = try await answer(question) { $0.members[name] = [member: value] }
            #expect(found == .unavailable(.contradiction), "\(name).\(member) = \(value ?? "nothing"): \(found)")
        }
    }

    @Test("Only the output asked for is answered for, once")
    func spendingEntries() async throws {
        let outPoint = OutPoint(txid: TestBlocks.recent.txid, index: 0)
        let entry = #"{"txid":"\#(outPoint.txid.display)","vout":0}"#
        let other = #"{"txid":"\#(TestBlocks.child.txid.display)","vout":0}"#
        for entries in ["", "\(entry),\(entry)", other, "\(other),\(entry)"] {
            let found = try await answer(.spent) { core in
                core.fault = { $0.method == "gettxspendingprevout" ? .result("[\(entries)]") : nil }
            }
            #expect(found == .unavailable(.contradiction), "\(entries)")
        }
    }

    @Test("A scan that was broken off is stale, and one that lists an output twice contradicts itself")
    func scans() async throws {
        let broken = try await answer(.outputs) { $0.members["scantxoutset"] = ["success": "false"] }
        #expect(broken == .unavailable(.stale))
        let (txid, script) = (TestBlocks.old.txid.display, TestBlocks.script.hex)
        let twice = try await answer(.outputs) { core in
            let entry = #"{"txid":"\#(txid)","vout":0,"scriptPubKey":"\#(script)","amount":1.00000000,"height":1}"#
            core.members["scantxoutset"] = ["unspents": "[\(entry),\(entry)]"]
        }
        #expect(twice == .unavailable(.contradiction))
    }

    @Test("A block, a transaction or a proof other than the one asked for is a contradiction")
    func others() async throws {
        let blocks = TestBlocks.blocks
        let proof = MerkleBlock(
            header: blocks[1].header, txids: blocks[1].transactions.map(\.txid),
            matching: [blocks[1].transactions[0].txid])?.encoded.hex
        let elsewhere = MerkleBlock(
            header: blocks[3].header, txids: blocks[3].transactions.map(\.txid), matching: [TestBlocks.heir.txid])?
            .encoded.hex
        let bare = Bytes(blocks[23].encoded.dropLast())
        let cases: [(Question, String, String)] = [
            (.noOutput, "getblock", blocks[22].encoded.hex), (.noOutput, "getblock", bare.hex),
            (.noOutput, "getblock", blocks[23].header.encoded.hex),
            (.noOutput, "getblock", blocks[23].encoded.hex + "00"),
            (.old, "getblockhash", blocks[2].hash.display), (.old, "getblockhash", String(repeating: "a", count: 62)),
            (.old, "gettxoutproof", try #require(proof)), (.old, "gettxoutproof", try #require(elsewhere)),
            (.old, "gettxoutproof", ""),
        ]
        for (question, method, text) in cases {
            let found = try await answer(question) { core in
                core.fault = { $0.method == method ? .result(quoted(text)) : nil }
            }
            #expect(found == .unavailable(.contradiction), "\(method): \(text.prefix(20))")
        }
    }

    @Test("A made-up tree below a transaction of 64 bytes shows no place, whatever coinbase the node names")
    func treeBelowATransaction() async throws {
        let (real, forged) = (TestBlocks.blocks[1].transactions[0], TestBlocks.old)
        let left = TestBlocks.hash(0x44)
        // In the block stand the coinbase and a transaction whose 64 bytes are two hashes, the second a made-up txid.
        let carrier = hash256(left.bytes + forged.txid.hash.bytes)
        let header = BlockHeader(
            version: 1, previous: BlockHash(TestBlocks.hash(0x55)),
            merkleRoot: hash256(real.txid.hash.bytes + carrier.bytes), time: 0, bits: Target.regtest.bits, nonce: 0)
        // As of four leaves: the coinbase as an inner node, then the two leaves below the carrier, the second matched.
        var proof = header.encoded
        proof.append(littleEndian: UInt32(4))
        proof.append(3)
        for hash in [real.txid.hash, left, forged.txid.hash] { proof += hash.bytes }
        proof += [1, 0b1_0101] as Bytes
        #expect(try MerkleBlock(decoding: proof).matches.map(\.txid) == [forged.txid])
        let (text, hash) = (proof.hex, header.hash.display)
        for named in [real.txid, forged.txid] {
            let fault: @Sendable (CoreCall) -> CoreReply? = { call in
                switch call.method {
                case "getblockhash": return .result(quoted(hash))
                case "getblock" where call[1] == .number(1): return .result(#"{"tx":["\#(named.display)"]}"#)
                case "getrawtransaction" where call[2] == .string(hash):
                    let wanted = call[0] == .string(real.txid.display) ? real : forged
                    return .result(quoted(wanted.encoded.hex))
                case "gettxoutproof": return .result(quoted(text))
                default: return nil
                }
            }
            let found = try await answer(.old) { $0.fault = fault }
            #expect(found == ChainAnswer.unavailable(.contradiction))
        }
    }

    private func withoutWitness(_ answer: ChainAnswer) -> ChainAnswer {
        func bare(_ found: LocatedTransaction) -> LocatedTransaction {
            let whole = found.transaction
            let inputs = whole.inputs.map {
                TxInput(outPoint: $0.outPoint, scriptSig: $0.scriptSig, sequence: $0.sequence)
            }
            let bare = Transaction(
                version: whole.version, inputs: inputs, outputs: whole.outputs, lockTime: whole.lockTime)
            return LocatedTransaction(transaction: bare, place: found.place)
        }
        switch answer {
        case .bitcoin(.transaction(let found)): return .bitcoin(.transaction(found.map(bare)))
        case .bitcoin(.spender(.spent(let found))): return .bitcoin(.spender(.spent(by: bare(found))))
        default: return answer
        }
    }

    @Test("Hashes, blocks and proofs that were damaged on the way change no fact and never crash the client")
    func mutants() async throws {
        let core = await node()
        let methods: Set<String> = ["getblock", "getblockhash", "getrawtransaction", "gettxoutproof"]
        let questions: [Question] = [.recent, .waiting, .old, .spent, .noOutput]
        var random = SeededGenerator(seed: 0xb17c)
        var refused = 0
        for round in 0..<200 {
            let seed = random.next()
            await core.change { core in
                core.transportFault = { calls, own in
                    guard calls.contains(where: { methods.contains($0.method) }) else { return nil }
                    return .body(own.damaged(seed: seed, changes: 1...3, inserts: "{}[],:\"0\\"))
                }
            }
            let question = questions[round % questions.count]
            switch try await asking(core, { await $0.answer(question.query) }) {
            case .unavailable: refused += 1
            // A transaction's id does not cover its witness, which is judged where it is used.
            case let found:
                #expect(
                    withoutWitness(found) == withoutWitness(.bitcoin(BitcoinCoreClientTests.truth(question))),
                    "seed \(seed)")
            }
        }
        #expect(refused > 100)
    }
}
