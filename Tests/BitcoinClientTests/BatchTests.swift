import Bitcoin
import BitcoinClient
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// Questions that are asked together take few requests, and each is answered as it is alone.
@Suite(.timeLimit(.minutes(5))) struct BatchTests {
    /// What a look at a wallet begins with, and what it asks once the main UTXO is known.
    private static let opening: [BitcoinQuery] = [.tip, .feeQuotes(target: 2)]
    private static let utxo = OutPoint(txid: TestBlocks.child.txid, index: 0)

    @Test("A look at a wallet whose main UTXO is known takes two requests")
    func knownUTXO() async throws {
        let core = await node()
        try await asking(core) { client in
            let first = await client.answer(Self.opening)
            #expect(
                first == [BitcoinCoreClientTests.truth(.tip), BitcoinCoreClientTests.truth(.fees)].map { .bitcoin($0) })
            #expect(await core.requests == 1)
            #expect(await client.answer(.spender(of: Self.utxo)) == .bitcoin(.spender(.unspent)))
            #expect(await core.requests == 2)
        }
    }

    @Test("On a network whose first block is known, the chain is checked in the same requests")
    func firstBlock() async throws {
        let core = await node()
        await core.change { core in
            core.members["getblockchaininfo"] = ["chain": quoted("signet")]
            core.fault = { call in
                call.method == "getblockhash" && call[0] == .number(0)
                    ? .result(quoted("00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6")) : nil
            }
        }
        try await asking(core, network: .signet) { client in
            for answer in await client.answer(Self.opening + [.spender(of: Self.utxo)]) {
                guard case .bitcoin = answer else {
                    Issue.record("\(answer)")
                    continue
                }
            }
            #expect(await core.requests == 1)
        }
    }

    @Test("An older transaction and its proof take four requests")
    func oldTransaction() async throws {
        let core = await node()
        try await asking(core) { client in
            #expect(await client.answer(Question.old.query) == .bitcoin(BitcoinCoreClientTests.truth(.old)))
            #expect(await core.requests == 4)
        }
    }

    @Test("Questions asked together are answered as each is alone", arguments: FakeCore.Release.allCases)
    func together(release: FakeCore.Release) async throws {
        let answers = try await asking(await node(release)) { await $0.answer(Question.allCases.map(\.query)) }
        #expect(answers == Question.allCases.map { .bitcoin(BitcoinCoreClientTests.truth($0)) })
    }

    @Test("A malformed result spoils the question that needs it, and no other")
    func malformed() async throws {
        let core = await node()
        await core.change { $0.members["getmempoolinfo"] = ["mempoolminfee": quoted("1")] }
        let answers = try await asking(core) { await $0.answer(Self.opening + [.spender(of: Self.utxo)]) }
        #expect(
            answers == [
                .bitcoin(BitcoinCoreClientTests.truth(.tip)), .unavailable(.contradiction),
                .bitcoin(.spender(.unspent)),
            ])
    }

    @Test("A question that is under way is not asked again, whoever asks it")
    func underWay() async throws {
        let core = await node()
        // The scan is under way until somebody else has asked for the same.
        await core.change { $0.scanTime = .milliseconds(200) }
        try await asking(core) { client in
            let answers = await withTaskGroup(of: ChainAnswer.self) { group in
                for _ in 0..<20 { group.addTask { await client.answer(Question.outputs.query) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: .bitcoin(BitcoinCoreClientTests.truth(.outputs)), count: 20))
            #expect(await core.count("scantxoutset") == 1)
            _ = await client.answer(Question.outputs.query)
            #expect(await core.count("scantxoutset") == 2, "what is answered is asked anew")
        }
    }
}
