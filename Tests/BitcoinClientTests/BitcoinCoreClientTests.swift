import Bitcoin
import BitcoinClient
import Logging
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// What is learnt from a node that answers as Bitcoin Core does.
@Suite(.timeLimit(.minutes(5))) struct BitcoinCoreClientTests {
    private static func block(_ height: Int, confirmations: UInt32) -> TransactionPlace {
        .block(height: UInt32(height), hash: TestBlocks.blocks[height].hash, confirmations: confirmations)
    }

    private static func located(_ transaction: Transaction, _ place: TransactionPlace) -> LocatedTransaction {
        LocatedTransaction(transaction: transaction, place: place)
    }

    private static func unspent(_ transaction: Transaction, _ index: UInt32, height: UInt32) -> UnspentOutput {
        UnspentOutput(
            outPoint: OutPoint(txid: transaction.txid, index: index), output: transaction.outputs[Int(index)],
            height: height)
    }

    /// What the test chain shows to each question.
    static func truth(_ question: Question) -> BitcoinAnswer {
        switch question {
        case .tip: .tip(BitcoinTip(height: 23, hash: TestBlocks.blocks[23].hash))
        case .recent: .transaction(located(TestBlocks.recent, block(20, confirmations: 4)))
        case .waiting: .transaction(located(TestBlocks.waiting, .mempool))
        case .old: .transaction(located(TestBlocks.old, block(1, confirmations: 23)))
        case .unknown: .transaction(nil)
        case .spent: .spender(.spent(by: located(TestBlocks.waiting, .mempool)))
        case .noOutput: .spender(.noSuchOutput)
        case .outputs:
            .unspentOutputs(
                [
                    unspent(TestBlocks.old, 0, height: 1), unspent(TestBlocks.old, 1, height: 1),
                    unspent(TestBlocks.heir, 0, height: 3), unspent(TestBlocks.recent, 0, height: 20),
                    unspent(TestBlocks.child, 0, height: 22),
                ].sorted { $0.outPoint < $1.outPoint })
        case .fees: .feeQuotes([FeeQuote(estimate: 13, mempoolMinimum: 2)])
        }
    }

    @Test(
        "Each question has its answer, from a node of either way of wrapping answers",
        arguments: Question.allCases, FakeCore.Release.allCases)
    func answers(question: Question, release: FakeCore.Release) async throws {
        let core = await node(release)
        #expect(try await answer(question.query, of: core) == .bitcoin(Self.truth(question)))
    }

    @Test("An older transaction is asked for in its block and its place is shown by a proof")
    func older() async throws {
        let core = await node()
        _ = try await answer(.transaction(TestBlocks.old.txid), of: core)
        let (txid, hash) = (JSONValue.string(TestBlocks.old.txid.display), TestBlocks.blocks[1].hash.display)
        let calls = await core.calls
        #expect(calls.contains { $0.method == "getrawtransaction" && $0[0] == txid && $0[2] == .string(hash) })
        let coinbase = JSONValue.string(TestBlocks.blocks[1].transactions[0].txid.display)
        #expect(
            calls.contains(CoreCall(method: "gettxoutproof", parameters: [.array([coinbase, txid]), .string(hash)])))
        #expect(calls.contains(CoreCall(method: "getblockhash", parameters: [.number(1)])))
    }

    @Test("An older transaction without an unspent output is one that the node cannot show")
    func spentOut() async throws {
        #expect(
            try await answer(.transaction(TestBlocks.gone.txid), of: await node()) == .bitcoin(.transaction(nil)))
    }

    @Test("With a transaction index nothing that is mined passes for unconfirmed")
    func transactionIndex() async throws {
        let core = await node()
        await core.change { $0.hasTransactionIndex = true }
        #expect(try await answer(Question.old.query, of: core) == .bitcoin(Self.truth(.old)))
        #expect(try await answer(.transaction(TestBlocks.gone.txid), of: core) == .unavailable(.missing))
        #expect(try await answer(Question.waiting.query, of: core) == .bitcoin(Self.truth(.waiting)))
    }

    @Test("Spenders are found in the mempool and in the last blocks; what nobody spends is unspent")
    func spenders() async throws {
        let core = await node()
        let cases: [(OutPoint, OutputSpender)] = [
            (
                OutPoint(txid: TestBlocks.recent.txid, index: 1),
                .spent(by: Self.located(TestBlocks.child, Self.block(22, confirmations: 2)))
            ),
            (OutPoint(txid: TestBlocks.child.txid, index: 0), .unspent),
            (OutPoint(txid: TestBlocks.old.txid, index: 1), .unspent),
            (OutPoint(txid: TestBlocks.waiting.txid, index: 0), .unspent),
            (OutPoint(txid: TestBlocks.waiting.txid, index: 1), .noSuchOutput),
            (OutPoint(txid: TestBlocks.gone.txid, index: 0), .noSuchOutput),
        ]
        try await asking(core) { client in
            for (outPoint, spender) in cases {
                #expect(await client.answer(.spender(of: outPoint)) == .bitcoin(.spender(spender)), "\(outPoint)")
            }
        }
    }

    @Test("A node runs one scan at a time: questions that need one wait for each other")
    func scansTakeTurns() async throws {
        let core = await node()
        await core.change { $0.scanTime = .milliseconds(20) }
        try await asking(core) { client in
            await withTaskGroup(of: ChainAnswer.self) { group in
                group.addTask { await client.answer(Question.outputs.query) }
                for other in 0x51...0x57 as ClosedRange<UInt8> {
                    group.addTask { await client.answer(.unspentOutputs(Script([other]))) }
                }
                var full = 0
                for await found in group {
                    if found == .bitcoin(Self.truth(.outputs)) { full += 1 }
                    if case .bitcoin(.unspentOutputs) = found {} else { Issue.record("\(found)") }
                }
                #expect(full == 1)
            }
            #expect(await core.count("scantxoutset") == 8)
            await core.change { $0.transportFault = { _, _ in .drop } }
            #expect(await client.answer(Question.outputs.query) == .unavailable(.silent))
            await core.change { $0.transportFault = nil }
            #expect(
                await client.answer(Question.outputs.query) == .bitcoin(Self.truth(.outputs)), "a failure passes on")
        }
    }

    @Test("A scan of another asker is waited for, and one that takes longer than the time allowed is aborted")
    func slowScans() async throws {
        let core = await node()
        await core.change { $0.isScanning = true }
        try await asking(core) { client in
            async let found = client.answer(Question.outputs.query)
            try #require(
                await eventually { await core.calls.contains { $0[0] == .string("status") } }, "the status is asked")
            await core.change { $0.abortScan() }
            #expect(await found == .bitcoin(Self.truth(.outputs)))
            #expect(await core.calls.contains { $0[0] == .string("abort") } == false, "another's scan goes on")
        }
        await core.change { $0.scanTime = .seconds(60) }
        try await asking(core, timeoutMilliseconds: 3_000) { client in
            #expect(await client.answer(Question.outputs.query) == .unavailable(.silent))
            #expect(await core.calls.last?[0] == .string("abort"))
            await core.change { $0.scanTime = nil }
            #expect(await client.answer(Question.outputs.query) == .bitcoin(Self.truth(.outputs)))
        }
    }

    @Test("Blocks are fetched once; a new one costs one call more")
    func blocksAreKept() async throws {
        let core = await node()
        await core.change { core in for _ in 0..<130 { core.mine() } }
        try await asking(core, depth: BitcoinCoreClient.recentBlocks) { client in
            _ = await client.answer(Question.unknown.query)
            #expect(await core.count("getblock") == 144, "a day")
            _ = await client.answer(Question.noOutput.query)
            #expect(await core.count("getblock") == 144)
            await core.mine()
            _ = await client.answer(Question.unknown.query)
            #expect(await core.count("getblock") == 145)
        }
    }

    @Test("What the unspent outputs and the mempool show is asked for directly: no block is read")
    func direct() async throws {
        let core = await node()
        for question in [Question.recent, .old, .waiting, .spent, .outputs, .fees] {
            #expect(try await answer(question.query, of: core) == .bitcoin(Self.truth(question)), "\(question)")
        }
        // The names of a block's transactions, for the coinbase beside a proof, are no block.
        #expect(await core.calls.count { $0.method == "getblock" && $0[1] != .number(1) } == 0)
    }

    @Test("Questions that come at once read each block once, and a failure loses no block that was read")
    func oneReader() async throws {
        let core = await node()
        await core.change { core in
            core.fault = { call in
                let isBroken = call.method == "getblock" && call[0] == .string(TestBlocks.blocks[15].hash.display)
                return isBroken ? .error(-1, "Block not available (pruned data)") : nil
            }
        }
        try await asking(core) { client in
            #expect(await client.answer(Question.unknown.query) == .unavailable(.missing))
            #expect(await core.count("getblock") == 9, "23 down to 15, which fails")
            await core.change { $0.fault = nil }
            await withTaskGroup(of: ChainAnswer.self) { group in
                for _ in 0..<8 {
                    group.addTask { await client.answer(Question.unknown.query) }
                    group.addTask { await client.answer(Question.noOutput.query) }
                }
                for await found in group {
                    #expect([.bitcoin(Self.truth(.unknown)), .bitcoin(Self.truth(.noOutput))].contains(found))
                }
            }
            #expect(await core.count("getblock") == 9 + 6)
        }
    }

    @Test("A node that does not give a block is asked once for all who wait for it")
    func oneFailure() async throws {
        let core = await node()
        await core.change { $0.transportFault = { calls, _ in calls[0].method == "getblock" ? .hang : nil } }
        let clock = ContinuousClock()
        let start = clock.now
        try await asking(core, timeoutMilliseconds: 1_000) { client in
            await withTaskGroup(of: ChainAnswer.self) { group in
                for _ in 0..<20 { group.addTask { await client.answer(Question.unknown.query) } }
                for await found in group { #expect(found == .unavailable(.silent)) }
            }
        }
        #expect(await core.count("getblock") < 10, "one by one they would be 20")
        #expect(clock.now - start < .seconds(15), "one by one it would take 20 s")
    }

    @Test("A node whose tip jumps and whose blocks fail half-way fills no memory")
    func jumpingTip() async throws {
        let core = await node()
        await core.change { core in
            core.fault = { call in
                let isBroken = call.method == "getblock" && call[0] == .string(TestBlocks.blocks[22].hash.display)
                return isBroken ? .error(-1, "Block not available (pruned data)") : nil
            }
        }
        try await asking(core) { client in
            for height in [100, 200, 300, 100, 200, 300] {
                await core.change { $0.members["getblockchaininfo"] = ["blocks": "\(height)"] }
                #expect(await client.answer(Question.unknown.query) == .unavailable(.missing))
            }
            #expect(await core.count("getblock") == 2 * 6, "what was read at another height is not held")
        }
    }

    @Test("A background reader that gets no block says so, and that it is well again")
    func readerSays() async throws {
        let core = await node()
        await core.change { core in
            core.fault = { $0.method == "getblock" ? .error(-1, "Block not available (pruned data)") : nil }
        }
        let lines = Lines()
        let logger = Logger(label: "test", factory: { _ in lines })
        try await asking(core, logger: logger) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.keepUp(every: .milliseconds(5)) }
                try #require(await eventually { await core.count("getblock") >= 5 }, "it goes on trying")
                group.cancelAll()
            }
        }
        #expect(lines.all.count == 1, "said once")
        #expect(lines.all.first?.contains("Bitcoin source's last blocks") ?? false, "\(lines.all)")
        #expect(lines.all.first?.contains("source.refused") ?? false, "\(lines.all)")
    }

    @Test("Blocks are read in the background, also where nobody asks, and go on after a failure")
    func background() async throws {
        let core = await node()
        await core.change { $0.transportFault = { calls, _ in calls[0].method == "getblock" ? .drop : nil } }
        try await asking(core) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.keepUp(every: .milliseconds(5)) }
                try #require(await eventually { await core.count("getblock") >= 2 }, "a failure is tried again")
                await core.change { $0.transportFault = nil }
                let before = await core.count("getblock")
                try #require(await eventually { await core.count("getblock") >= before + 14 }, "a day is asked for")
                let rounds = await core.count("getblockchaininfo")
                try #require(await eventually { await core.count("getblockchaininfo") > rounds }, "and read")
                group.cancelAll()
            }
            let read = await core.count("getblock")
            #expect(await client.answer(Question.unknown.query) == .bitcoin(Self.truth(.unknown)))
            #expect(await core.count("getblock") == read)
        }
    }

    @Test("A node without an estimate says so: the rules cannot tell a rate")
    func noEstimate() async throws {
        let core = await node()
        await core.change { core in
            core.fault = { call in
                guard call.method == "estimatesmartfee" else { return nil }
                return .result(#"{"errors":["Insufficient data or no feerate found"],"blocks":2}"#)
            }
        }
        let quotes = [FeeQuote(estimate: nil, mempoolMinimum: 2)]
        #expect(try await answer(.feeQuotes(target: 2), of: core) == .bitcoin(.feeQuotes(quotes)))
        #expect(FeeRates(quotes: quotes, feeFloor: 1) == nil)
    }

    @Test("A node is judged by the age of its tip: what it says of its own synchronisation changes no answer")
    func stale() async throws {
        let time = UInt64(TestBlocks.blocks[23].header.time)
        for (members, now, isStale): ([String: String], UInt64, Bool) in [
            (["initialblockdownload": "true"], time, false), (["headers": "25"], time, false),
            (["headers": "24"], time, false), (["headers": "22"], time, false),
            (["headers": "4294967295"], time, false),
            (["initialblockdownload": "true", "headers": "900000"], time + 10_801, true),
            ([:], time + 10_800, false), ([:], time + 10_801, true), ([:], time - 7_200, false),
            (["time": "18446744073709551615"], time, false), (["time": "0"], time, true),
        ] {
            let core = await node()
            await core.change { $0.members["getblockchaininfo"] = members.mapValues { $0 } }
            for question in Question.allCases {
                let found = try await asking(core, maximumTipAge: 10_800, now: now) { await $0.answer(question.query) }
                let expected = isStale ? ChainAnswer.unavailable(.stale) : .bitcoin(Self.truth(question))
                #expect(found == expected, "\(question) with \(members) at \(now)")
            }
        }
    }
}

/// Which chain a node is on.
@Suite(.timeLimit(.minutes(5))) struct BitcoinNetworkChoiceTests {
    @Test("A node on a chain of another name answers no question", arguments: Question.allCases)
    func otherName(question: Question) async throws {
        for name in ["main", "test", "testnet4", "signet", "Regtest", ""] {
            let core = await node()
            await core.change { $0.members["getblockchaininfo"] = ["chain": quoted(name)] }
            #expect(try await answer(question.query, of: core) == .unavailable(.stale), "\(name)")
        }
    }

    /// First blocks: Bitcoin Core src/kernel/chainparams.cpp, `hashGenesisBlock`.
    static let genesis: [(BitcoinCoreClient.Network, String, String)] = [
        (.main, "main", "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"),
        (.test, "test", "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"),
        (.signet, "signet", "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"),
    ]

    @Test("A node on a public chain has that chain's first block, whatever name it gives", arguments: genesis)
    func firstBlock(network: BitcoinCoreClient.Network, name: String, hash: String) async throws {
        // Litecoin's, which calls its chain "main" as well (its src/chainparams.cpp).
        let other = "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2"
        for first in [hash, other] {
            let core = await node()
            await core.change { core in
                core.members["getblockchaininfo"] = ["chain": quoted(name)]
                core.fault = { call in
                    call == CoreCall(method: "getblockhash", parameters: [.number(0)]) ? .result(quoted(first)) : nil
                }
            }
            for question in Question.allCases {
                let found = try await asking(core, network: network) { await $0.answer(question.query) }
                let expected: ChainAnswer =
                    first == hash ? .bitcoin(BitcoinCoreClientTests.truth(question)) : .unavailable(.stale)
                #expect(found == expected, "\(name), \(question)")
            }
        }
    }

    @Test("Heights that the chain of parents does not bear out are a contradiction")
    func falseHeights() async throws {
        let core = FakeCore()
        await core.change { $0.reorganise(depth: 20, [[], [TestBlocks.recent]]) }
        #expect(
            try await answer(.transaction(TestBlocks.recent.txid), of: core)
                == .bitcoin(
                    .transaction(
                        LocatedTransaction(
                            transaction: TestBlocks.recent,
                            place: .block(height: 5, hash: await core.tip.hash, confirmations: 1)))))
        for height in ["4", "6"] {
            await core.change { $0.members["getblockchaininfo"] = ["blocks": height, "headers": height] }
            for question in [Question.unknown, .noOutput] {
                #expect(try await answer(question.query, of: core) == .unavailable(.contradiction), "\(height)")
            }
        }
    }
}
