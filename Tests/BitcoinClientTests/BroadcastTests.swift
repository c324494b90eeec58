import Bitcoin
import BitcoinClient
import Node
import Primitives
import TestKit
import Testing

/// Handing a transaction to the node.
@Suite(.timeLimit(.minutes(5))) struct BroadcastTests {
    private func broadcast(
        _ transaction: Transaction, to core: FakeCore, timeoutMilliseconds: Int = 60_000
    ) async throws -> BroadcastResult {
        try await asking(core, timeoutMilliseconds: timeoutMilliseconds) { await $0.broadcast(transaction) }
    }

    @Test("A transaction is handed over with its witness, and accepted", arguments: FakeCore.Release.allCases)
    func accepted(release: FakeCore.Release) async throws {
        let core = FakeCore(release)
        #expect(try await broadcast(TestBlocks.waiting, to: core) == .accepted)
        #expect(await core.mempool == [TestBlocks.waiting])
        #expect(try await broadcast(TestBlocks.waiting, to: core) == .accepted, "it is in the mempool already")
        await core.mine([TestBlocks.waiting])
        #expect(try await broadcast(TestBlocks.waiting, to: core) == .accepted, "it is in a block already: -27")
    }

    @Test("A refusal keeps the node's words", arguments: FakeCore.Release.allCases)
    func refused(release: FakeCore.Release) async throws {
        let core = FakeCore(release)
        await core.change { $0.mempool = [TestBlocks.waiting] }
        let rival = TestBlocks.spending(OutPoint(txid: TestBlocks.recent.txid, index: 0), paying: [28_999])
        #expect(
            try await broadcast(rival, to: core) == .refused("insufficient fee, rejecting replacement \(rival.txid)"))
        let orphan = TestBlocks.spending(OutPoint(txid: TestBlocks.gone.txid, index: 0), paying: [1])
        #expect(try await broadcast(orphan, to: core) == .refused("bad-txns-inputs-missingorspent"))
        for (code, words) in [
            (-26, "min relay fee not met, 100 < 111"), (-25, "Fee exceeds maximum configured by user"),
            (-22, "TX decode failed. Make sure the tx has at least one input."),
        ] {
            await core.change { $0.fault = { _ in .error(code, words) } }
            #expect(try await broadcast(TestBlocks.waiting, to: core) == .refused(words))
        }
    }

    @Test(
        "A refusal of a transaction that the node has is no refusal, whatever its code and words",
        arguments: [
            (-26, "txn-already-known"), (-26, "txn-already-in-mempool"), (-27, "Transaction already in block chain"),
            (-25, "bad-txns-inputs-missingorspent"), (-32603, "something new"),
        ])
    func known(code: Int, words: String) async throws {
        for isMined in [false, true] {
            let core = await node()
            if isMined { await core.mine([TestBlocks.waiting]) }
            await core.change { $0.fault = { $0.method == "sendrawtransaction" ? .error(code, words) : nil } }
            #expect(try await broadcast(TestBlocks.waiting, to: core) == .accepted, "mined: \(isMined)")
        }
    }

    @Test("A node that did not judge the transaction leaves it open", arguments: FakeCore.Release.allCases)
    func open(release: FakeCore.Release) async throws {
        let core = FakeCore(release)
        let replies: [CoreReply] = [
            .error(-28, "Loading block index…"), .result("null"), .result("true"), .result("17"), .result(quoted("")),
            .result(quoted(TestBlocks.child.txid.display)),
            .result(quoted(String(TestBlocks.waiting.txid.display.dropLast(2)))),
        ]
        for reply in replies {
            await core.change { $0.fault = { _ in reply } }
            #expect(try await broadcast(TestBlocks.waiting, to: core) == .unknown, "\(reply)")
        }
        for status in [401, 403, 500, 502, 503] {
            await core.change { $0.transportFault = { _, _ in .body([], status: status) } }
            #expect(
                try await broadcast(TestBlocks.waiting, to: core, timeoutMilliseconds: 2_000) == .unknown, "\(status)")
        }
        for fault in [LoopbackAnswer.drop, .body(Bytes("<html>".utf8)), .body(Bytes("{".utf8))] {
            await core.change { $0.transportFault = { _, _ in fault } }
            #expect(try await broadcast(TestBlocks.waiting, to: core) == .unknown)
        }
        await core.change { $0.transportFault = { _, _ in .hang } }
        #expect(try await broadcast(TestBlocks.waiting, to: core, timeoutMilliseconds: 100) == .unknown)
    }
}
