import Bitcoin
import BitcoinClient
import Node
import Primitives
import Testing
import WalletActions

/// The chain moves while a question is being answered: the answer is of one view, or there is none.
@Suite(.timeLimit(.minutes(5))) struct ReorganisationTests {
    private static let stale = ChainAnswer.unavailable(.stale)
    /// Spends the only output of ``TestBlocks/waiting``.
    private static let follower = TestBlocks.spending(
        OutPoint(txid: TestBlocks.waiting.txid, index: 0), paying: [28_000])

    /// Asks a question during which something happens once, before the next call of a method.
    private func answer(
        _ query: BitcoinQuery, before method: String, _ event: @Sendable @escaping (isolated FakeCore) -> Void
    ) async throws -> ChainAnswer {
        let core = await node()
        await core.change { $0.event = (method, event) }
        let found = try await BitcoinClientTests.answer(query, of: core)
        let happened = await core.event == nil
        #expect(happened, "\(method) was asked")
        return found
    }

    @Test("A spender that is mined while it is looked for is not one that never was")
    func spenderMined() async throws {
        for method in ["gettxspendingprevout", "getrawtransaction"] {
            let found = try await answer(Question.spent.query, before: method) { $0.mine([TestBlocks.waiting]) }
            #expect(found == Self.stale, "\(method)")
        }
        let found = try await answer(Question.spent.query, before: "gettxout") { $0.mine([TestBlocks.waiting]) }
        #expect(found == Self.stale, "gettxout")
    }

    @Test("A spender that leaves the mempool while it is looked for leaves an output behind")
    func spenderLeaves() async throws {
        for method in ["gettxspendingprevout", "getrawtransaction"] {
            let found = try await answer(Question.spent.query, before: method) { $0.mempool = [] }
            #expect(found == Self.stale, "\(method)")
        }
        #expect(
            try await answer(Question.spent.query, before: "gettxout") { $0.mempool = [] }
                == .bitcoin(.spender(.unspent)))
    }

    @Test("An output is unspent at the tip that was asked about, or nobody can tell")
    func unspentElsewhere() async throws {
        let outPoint = OutPoint(txid: TestBlocks.child.txid, index: 0)
        #expect(try await answer(.spender(of: outPoint), before: "gettxout") { $0.mine() } == Self.stale)
        #expect(
            try await answer(.spender(of: outPoint), before: "gettxout") { $0.reorganise(depth: 1, [[]]) }
                == Self.stale)
    }

    @Test("A transaction that is mined while it is looked for is not one that nobody knows")
    func transactionMined() async throws {
        for blocks in [[[TestBlocks.waiting]], [[TestBlocks.waiting, Self.follower]], [[TestBlocks.waiting], []]] {
            let found = try await answer(Question.waiting.query, before: "getrawtransaction") { core in
                core.mempool = []
                for transactions in blocks { core.mine(transactions) }
            }
            #expect(found == Self.stale, "\(blocks.map(\.count))")
        }
        #expect(
            try await answer(Question.unknown.query, before: "gettxout") { $0.mine() } == Self.stale,
            "whoever says that nobody knows it says at which tip")
    }

    @Test("An older transaction's place is of the tip that was asked about")
    func olderMoves() async throws {
        for method in ["gettxout", "getblockhash", "gettxoutproof"] {
            let longer = try await answer(Question.old.query, before: method) { $0.mine() }
            #expect(longer == Self.stale, "\(method)")
        }
        // All blocks but the first are replaced; the transaction stays at its height, in another block, or goes.
        let branch = [[TestBlocks.old]] + Array(repeating: [Transaction](), count: 22)
        let without = Array(repeating: [Transaction](), count: 23)
        for blocks in [branch, without] {
            for method in ["gettxout", "getblockhash", "gettxoutproof"] {
                let found = try await answer(Question.old.query, before: method) { $0.reorganise(depth: 23, blocks) }
                #expect(found == Self.stale, "\(method)")
            }
        }
    }

    @Test("Blocks are followed by their parents: a reorganisation under way changes nothing of the view begun")
    func blocksOfOneView() async throws {
        let spent = BitcoinQuery.spender(of: OutPoint(txid: TestBlocks.recent.txid, index: 1))
        let found = try await answer(spent, before: "getblock") { core in
            core.reorganise(depth: 10, Array(repeating: [], count: 11))
        }
        let place = TransactionPlace.block(height: 22, hash: TestBlocks.blocks[22].hash, confirmations: 2)
        let child = LocatedTransaction(transaction: TestBlocks.child, place: place)
        #expect(found == .bitcoin(.spender(.spent(by: child))))
    }

    @Test("Outputs are those of the tip that was asked about")
    func scanElsewhere() async throws {
        #expect(try await answer(Question.outputs.query, before: "scantxoutset") { $0.mine() } == Self.stale)
        #expect(
            try await answer(Question.outputs.query, before: "scantxoutset") { $0.reorganise(depth: 1, [[]]) }
                == Self.stale)
    }

    @Test("The next question is answered from the new chain, also by a client that held the old blocks")
    func nextQuestion() async throws {
        let core = await node()
        let spent = BitcoinQuery.spender(of: OutPoint(txid: TestBlocks.recent.txid, index: 1))
        try await asking(core) { client in
            let before = await client.answer(spent)
            guard case .bitcoin(.spender(.spent(let spender))) = before else {
                Issue.record("\(before)")
                return
            }
            #expect(spender.place.confirmations == 2)
            await core.change { $0.reorganise(depth: 2, [[], [], []]) }
            #expect(await client.answer(spent) == .bitcoin(.spender(.unspent)))
            await core.change { $0.reorganise(depth: 1, [[TestBlocks.child]]) }
            let place = TransactionPlace.block(height: 24, hash: await core.tip.hash, confirmations: 1)
            #expect(
                await client.answer(spent)
                    == .bitcoin(
                        .spender(.spent(by: LocatedTransaction(transaction: TestBlocks.child, place: place)))))
            await core.change { $0.reorganise(depth: 5, [[], [], [], [], [], []]) }
            #expect(await client.answer(Question.recent.query) == .bitcoin(.transaction(nil)))
        }
    }
}
