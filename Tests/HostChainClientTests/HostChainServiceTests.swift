import ChainFollowing
import Coordination
import Ethereum
import HostChainClient
import JSONRPC
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// The client as a whole, against a node on the loopback interface.
@Suite(.timeLimit(.minutes(5))) struct HostChainServiceTests {
    /// A subscriber that keeps the chain it was told.
    private struct Listener {
        private var stream: AsyncStream<HeadEvent>.Iterator
        private(set) var told: [HostBlock] = []
        private(set) var reorganisations: [UInt64] = []

        init(_ stream: AsyncStream<HeadEvent>) { self.stream = stream.makeAsyncIterator() }

        mutating func listen(until head: HostBlock) async {
            while told.last != head, let event = await stream.next() {
                switch event {
                case .block(let block):
                    if let last = told.last { #expect(block.follows(last)) }
                    told.append(block)
                case .reorganised(let ancestor, let depth):
                    #expect(told.last?.number == ancestor.number.adding(depth))
                    reorganisations.append(depth)
                    told.removeAll { $0.number > ancestor.number }
                    #expect(told.last == ancestor)
                }
            }
        }
    }

    private func amounts(_ answer: ChainAnswer) -> [UInt64]? {
        guard case .host(.redemptionRequests(let events)) = answer else { return nil }
        return events.map(\.requestedAmount)
    }

    private func truth(_ chain: TestChain) throws -> [UInt64] {
        try chain.blocks.flatMap { chain.logs(of: $0) }.map {
            try Bridge.RedemptionRequested(decoding: $0.log).requestedAmount
        }
    }

    @Test("Every height is told in order, from the head at the time of the call on, through silence and reorganisation")
    func heads() async throws {
        let node = FakeNode(TestChain(upTo: 30))
        let stopped = try await following(node) { service in
            var listener = Listener(service.heads())
            await listener.listen(until: await node.chain.head)
            #expect(listener.told.map(\.number) == [BlockNumber(30)])

            await node.mine(20)
            await listener.listen(until: await node.chain.head)
            await node.change { $0.transportFault = { _ in .drop } }
            try #require(await eventually { await service.status().trouble != nil }, "the silence is noticed")
            await node.mine(20)
            await node.change { $0.transportFault = nil }
            await listener.listen(until: await node.chain.head)
            #expect(listener.told.map(\.number.rawValue) == Array(30...70))

            await node.reorganise(depth: 5, count: 7)
            await listener.listen(until: await node.chain.head)
            #expect(listener.reorganisations == [5])
            #expect(listener.told.map(\.number.rawValue) == Array(30...72))

            var late = service.heads().makeAsyncIterator()
            let first = await late.next()
            #expect(first == .block(await node.chain.head))
            return service
        }
        var ended = stopped.heads().makeAsyncIterator()
        #expect(await ended.next() == nil, "a client that stopped tells nothing more")
    }

    @Test("Reads that all fail are one line, beside a head that is followed")
    func failingReads() async throws {
        let node = FakeNode(TestChain(upTo: 30)) { _, _ in .fails(code: -32000, message: "missing trie node") }
        let lines = LogLines()
        try await following(node, logger: lines.logger) { service in
            var listener = Listener(service.heads())
            let head = await node.chain.head
            await listener.listen(until: head)
            for _ in 0..<20 {
                let answer = await service.answer(.call(Bridge.Wallets(TestChain.wallet.hash), at: head.reference))
                guard case .unavailable = answer else {
                    Issue.record("\(answer)")
                    return
                }
            }
        }
        #expect(lines.all.count == 1, "\(lines.all)")
        let line = try #require(lines.with(reason: "source.refused").first)
        #expect(line.level == "warning" && line.message.hasPrefix("host chain reads: "))
        #expect(line.message.contains("missing trie node"))
        #expect(line.fields["since"] == "0 s ago" && line.fields["do"]?.isEmpty == false)
    }

    @Test("A clock more than two seconds behind the head is one line, however often that is read", arguments: [2, 3])
    func clockBehind(seconds: UInt64) async throws {
        let node = FakeNode(TestChain(upTo: 30))
        let lines = LogLines()
        let time = await node.chain.head.timestamp.seconds
        try await following(node, maximumHeadAge: 36, now: { time - seconds }, logger: lines.logger) { service in
            var listener = Listener(service.heads())
            await listener.listen(until: await node.chain.head)
            let before = await node.requests
            #expect(await eventually { await node.requests > before + 20 })
        }
        let told = lines.with(reason: "clock.behind")
        #expect(lines.all.count == told.count)
        let expected = seconds == 2 ? [] : ["clock: the host chain's head is 3 s in this machine's future"]
        #expect(told.map(\.message) == expected)
        #expect(told.allSatisfy { $0.level == "warning" && $0.fields["do"] == "set the clock; run a time service" })
    }

    @Test("The index says that it has a hole, which costs few questions, until the source gives the missing event")
    func hole() async throws {
        var chain = TestChain(upTo: 20)
        chain.mineBlock(with: [
            Bridge.RedemptionRequested(
                wallet: TestChain.wallet.hash, redeemerOutputScript: PrefixedScript([0x52]), redeemer: .zero,
                requestedAmount: 9, treasuryFee: 1, txMaxFee: 2)
        ])
        let made = chain.head
        chain.mine(5)
        let node = FakeNode(chain) { _, _ in
            .returns(
                Bridge.PendingRedemptions.encode(
                    answer: Bridge.RedemptionRequest(
                        redeemer: .zero, requestedAmount: 9, treasuryFee: 1, txMaxFee: 2,
                        requestedAt: made.timestamp)))
        }
        await node.change { $0.fault = { $0.method == "eth_getLogs" ? .result(.array([])) : nil } }
        try await following(node) { service in
            try #require(await eventually { await service.status().indexIsComplete })
            let head = await node.chain.head
            let events = HostQuery.redemptionRequests(TestChain.wallet, upTo: head.number)
            let before = HostQuery.redemptionRequests(TestChain.wallet, upTo: made.number.subtracting(1))
            #expect(await service.answer(events) == .host(.redemptionRequests([])))
            let key = ContractKeys.redemption(script: [0x52], wallet: TestChain.wallet.hash)
            _ = await service.answer(.call(Bridge.PendingRedemptions(key), at: head.reference))
            #expect(await service.answer(events) == .unavailable(.missing), "the index knows of its hole")
            #expect(await service.status().indexIsComplete == false)
            try #require(
                await eventually { await service.answer(before) == .host(.redemptionRequests([])) },
                "below the hole it goes on")
            let asked = await node.count("eth_getBlockByNumber", of: made)
            for _ in 0..<50 {
                await node.mine()
                let block = await node.chain.head
                try #require(await eventually { await service.status().head == block })
                _ = await service.answer(.call(Bridge.PendingRedemptions(key), at: block.reference))
            }
            #expect(await node.count("eth_getBlockByNumber", of: made) - asked < 25, "not at every head")
            #expect(await service.answer(events) == .unavailable(.missing))
            await node.change { $0.fault = nil }
            try #require(await eventually { await service.status().indexIsComplete }, "the hole is filled")
            guard case .host(.redemptionRequests(let found)) = await service.answer(events) else {
                Issue.record("the index does not answer")
                return
            }
            #expect(found.map(\.requestedAmount) == [9])
        }
    }

    @Test("Nothing is told of a chain that a source made up at first; its own is followed when it is well")
    func lies() async throws {
        var chain = TestChain(upTo: 0)
        chain.mine(40, events: { _ in 1 })
        let node = FakeNode(chain)
        let lines = LogLines()
        await node.change { node in
            node.transportFault = { FakeNode.lie($0) }
            // Old blocks are asked for by number: of these it gives none.
            node.fault = { call in
                call.method == "eth_getLogs" && call.parameters[0]["fromBlock"] != nil ? .result(.array([])) : nil
            }
        }
        try await following(node, logger: lines.logger) { service in
            var listener = Listener(service.heads())
            for _ in 0..<3 {
                let asked = await node.count("eth_getLogs")
                await node.mine(1, events: { _ in 1 })
                try #require(await eventually { await node.count("eth_getLogs") > asked + 1 }, "it is asked again")
                #expect(await service.status().head == nil)
                #expect(await service.answer(.block(BlockNumber(40))) == .unavailable(.stale))
            }
            await node.change { node in
                node.transportFault = nil
                node.fault = nil
            }
            await listener.listen(until: await node.chain.head)
            await node.mine(2, events: { _ in 1 })
            await listener.listen(until: await node.chain.head)
            #expect(listener.told.map(\.number.rawValue) == [43, 44, 45] && listener.reorganisations.isEmpty)
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            let answer = await service.answer(.redemptionRequests(TestChain.wallet, upTo: BlockNumber(45)))
            #expect(try amounts(answer) == truth(await node.chain))
        }
        #expect(lines.with(reason: "host_chain.unconfirmed").count == 1, "\(lines.all)")
    }

    @Test(
        "A source that gives no logs after the start tells no head, and one line says why; then they come in order",
        arguments: [3, 40] as [UInt64])
    func noLogsAtFirst(first: UInt64) async throws {
        let node = FakeNode(TestChain(upTo: first))
        let lines = LogLines()
        await node.change { node in
            node.fault = { $0.method == "eth_getLogs" ? .error(code: -32601, message: "no logs here") : nil }
        }
        try await following(node, logger: lines.logger) { service in
            var listener = Listener(service.heads())
            for depth in [0, 0, 2, 3] {
                let asked = await node.count("eth_getLogs")
                await node.reorganise(depth: depth, count: depth + 1, events: { _ in 1 })
                try #require(await eventually { await node.count("eth_getLogs") > asked + 1 }, "it is asked again")
                let status = await service.status()
                #expect(status.head == nil && status.trouble != nil && !status.indexIsComplete)
            }
            let begin = await node.chain.head
            await node.change { $0.fault = nil }
            await listener.listen(until: begin)
            for depth in [0, 1, 2] {
                await node.reorganise(depth: depth, count: depth + 1, events: { _ in 1 })
                await listener.listen(until: await node.chain.head)
            }
            let blocks = await node.chain.blocks
            #expect(listener.told == Array(blocks.suffix(listener.told.count)) && listener.reorganisations == [1, 2])
            #expect(blocks.last?.number == begin.number.adding(3))
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            let answer = await service.answer(
                .redemptionRequests(TestChain.wallet, upTo: begin.number.adding(3)))
            #expect(try amounts(answer) == truth(await node.chain))
        }
        #expect(lines.all.count == 1, "\(lines.all)")
        let line = try #require(lines.with(reason: "host_chain.unconfirmed").first)
        #expect(line.level == "warning" && line.message.hasPrefix("host chain: no head is taken"))
        #expect(line.message.contains("no logs here") && line.fields["do"]?.isEmpty == false)
    }

    @Test("A log of another block confirms no head")
    func otherLogs() async throws {
        let node = FakeNode(TestChain(upTo: 20))
        let other = TestChain(upTo: 1).head
        await node.change { node in
            node.fault = { call in
                guard call.method == "eth_getLogs" else { return nil }
                return .result(.array([FakeNode.json(TestChain.request(amount: 1, in: other, at: 0))]))
            }
        }
        try await following(node) { service in
            try #require(
                await eventually { await service.status().trouble == .logs(.block(other.number, other.hash)) },
                "the logs are refused")
            #expect(await service.status().head == nil)
        }
    }

    @Test(
        "A number of a block or a time that no chain has is refused, and the source is followed when it is well",
        arguments: [1 << 48, 1 << 63, .max] as [UInt64], ["number", "timestamp"])
    func beyond(value: UInt64, field: String) async throws {
        let node = FakeNode(TestChain(upTo: 20))
        let lie = await FakeNode.json(node.chain.head).with(field, .quantity(value))
        await node.change { $0.fault = { $0.method == "eth_getBlockByNumber" ? .result(lie) : nil } }
        try await following(node) { service in
            try #require(await eventually { await service.status().trouble != nil }, "the lie is noticed")
            guard case .source(.call(method: "eth_getBlockByNumber", .malformed)) = await service.status().trouble
            else {
                Issue.record("\(String(describing: await service.status().trouble))")
                return
            }
            await node.change { $0.fault = nil }
            try #require(await eventually { await service.status().head == node.chain.head }, "the chain is followed")
            await node.change { $0.fault = { $0.method == "eth_getBlockByNumber" ? .result(lie) : nil } }
            try #require(await eventually { await service.status().trouble != nil }, "the lie is noticed later, too")
            #expect(await service.answer(.block(BlockNumber(20))) == .host(.block(node.chain.head)))
        }
    }

    @Test(
        "A log in a block whose number no chain has is refused", arguments: [1 << 48, 1 << 63, .max] as [UInt64])
    func logsBeyond(value: UInt64) async throws {
        var chain = TestChain(upTo: 20)
        chain.mine(1, events: { _ in 1 })
        let node = FakeNode(chain)
        let lie = FakeNode.json(try #require(chain.logs(of: chain.head).first)).with("blockNumber", .quantity(value))
        try await following(node) { service in
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            await node.change { $0.fault = { $0.method == "eth_getLogs" ? .result(.array([lie])) : nil } }
            await node.mine()
            try #require(await eventually { await service.status().indexTrouble != nil }, "the lie is noticed")
            guard case .source(.call(method: "eth_getLogs", .malformed)) = await service.status().indexTrouble else {
                Issue.record("\(String(describing: await service.status().indexTrouble))")
                return
            }
            #expect(await service.status().head == node.chain.head)
        }
    }

    @Test("The largest number that a chain may have is followed")
    func largest() async throws {
        let chain = TestChain(first: 1 << 48 - 5, upTo: 1 << 48 - 1)
        try await following(FakeNode(chain)) { service in
            var listener = Listener(service.heads())
            await listener.listen(until: chain.head)
            #expect(listener.told == [chain.head])
        }
    }

    @Test("A source on another chain ends the client")
    func wrongChain() async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { $0.chainID = 1 }
        await #expect(throws: HostChainFailure.wrongChain(expected: 31337, actual: 1)) {
            try await following(node) { service in
                for await _ in service.heads() {}
                // Who is told of heads must not see their end instead of the error.
                try Task.checkCancellation()
                Issue.record("the heads ended")
            }
        }
    }

    @Test("A source that says it syncs beside a young head is followed")
    func saysSyncing() async throws {
        let node = FakeNode(TestChain(upTo: 20))
        await node.change { $0.isSyncing = true }
        let now = await node.chain.head.timestamp.seconds
        try await following(node, maximumHeadAge: 36, now: { now + 36 }) { service in
            try #require(await eventually { await service.status().head != nil }, "the chain is followed")
        }
    }

    @Test("A source whose head is old by its block time is not followed until that changes, whatever it says of itself")
    func old() async throws {
        let node = FakeNode(TestChain(upTo: 20))
        let now = await node.chain.head.timestamp.seconds + 37
        try await following(node, maximumHeadAge: 36, now: { now }) { service in
            try #require(
                await eventually { await service.status().trouble == .old(seconds: 37) }, "the old head is noticed")
            #expect(await service.status().head == nil)
            #expect(
                await service.answer(.call(Bridge.GetRedemptionParameters(), at: node.chain.head.reference))
                    == .unavailable(.stale))
            await node.mine()
            try #require(await eventually { await service.status().head == node.chain.head }, "the new head is told")
        }
    }

    @Test("A source that has no contract is not followed until that changes")
    func quarantine() async throws {
        let node = FakeNode(TestChain(upTo: 20))
        await node.change { $0.hasCode = false }
        try await following(node) { service in
            try #require(
                await eventually { await service.status().trouble == .noContract(FakeNode.bridge) },
                "the missing contract is noticed")
            #expect(await service.status().head == nil)
            await node.change { $0.hasCode = true }
            try #require(await eventually { await service.status().head != nil }, "the chain is followed")
        }
    }

    @Test("When a head is told, the index is complete up to it")
    func indexAtHead() async throws {
        let node = FakeNode(TestChain(upTo: 5))
        try await following(node) { service in
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            var stream = service.heads().makeAsyncIterator()
            _ = await stream.next()
            for _ in 0..<10 {
                await node.mine(1, events: { _ in 1 })
                guard case .block(let block) = await stream.next() else {
                    Issue.record("the next block is told")
                    return
                }
                let answer = await service.answer(.redemptionRequests(TestChain.wallet, upTo: block.number))
                #expect(try amounts(answer) == truth(await node.chain))
            }
        }
    }

    @Test("History is read in ranges that shrink to what the source gives; before it is whole nothing is answered")
    func history() async throws {
        var chain = TestChain(upTo: 0)
        chain.mine(200, events: { Int($0 % 2) })
        let node = FakeNode(chain)
        await node.change { $0.largestRange = 0 }
        let query = HostQuery.redemptionRequests(TestChain.wallet, upTo: BlockNumber(200))
        try await following(node, logRange: 64) { service in
            try #require(await eventually { await service.status().indexTrouble != nil }, "the refusal is noticed")
            #expect(await service.answer(query) == .unavailable(.missing))
            #expect(await service.status().refusals["eth_getLogs", default: 0] > 0)
            await node.change { $0.largestRange = 5 }
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            #expect(try amounts(await service.answer(query)) == truth(await node.chain))
            #expect(
                await service.answer(.redemptionRequests(TestChain.wallet, upTo: BlockNumber(201)))
                    == .unavailable(.stale))
        }
    }

    @Test("Where the logs of new blocks fail, heads are told all the same and the index cannot tell, until they come")
    func logsFail() async throws {
        let node = FakeNode(TestChain(upTo: 20))
        try await following(node) { service in
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            await node.change { node in
                node.fault = { $0.method == "eth_getLogs" ? .error(code: -32000, message: "scripted") : nil }
            }
            await node.mine(3, events: { _ in 1 })
            try #require(await eventually { await service.status().head == node.chain.head }, "the heads are told")
            let query = HostQuery.redemptionRequests(TestChain.wallet, upTo: BlockNumber(23))
            #expect(await service.answer(query) == .unavailable(.missing))
            await node.reorganise(depth: 2, count: 4, events: { _ in 2 })
            try #require(await eventually { await service.status().head == node.chain.head }, "the new branch is told")
            await node.change { $0.fault = nil }
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete again")
            let answer = await service.answer(.redemptionRequests(TestChain.wallet, upTo: BlockNumber(25)))
            #expect(try amounts(answer) == truth(await node.chain))
        }
    }

    @Test("The transactions that the Bridge announced are those of its three events, in chain order")
    func announced() async throws {
        let hashes = (1...4).map { keccak256([$0]) }
        var chain = TestChain(upTo: 10)
        chain.mineBlock(with: [
            Bridge.DepositsSwept(wallet: TestChain.wallet.hash, transaction: hashes[0]),
            Bridge.RedemptionsCompleted(wallet: TestChain.wallet.hash, transaction: hashes[1]),
            Bridge.RedemptionsCompleted(wallet: .zero, transaction: hashes[3]),
            Bridge.MovedFundsSwept(wallet: TestChain.wallet.hash, transaction: hashes[2]),
        ])
        let node = FakeNode(chain)
        try await following(node) { service in
            try #require(await eventually { await service.status().indexIsComplete }, "the index is complete")
            #expect(
                await service.answer(.announcedTransactions(TestChain.wallet, upTo: BlockNumber(11)))
                    == .host(.announcedTransactions(Array(hashes[0...2]))))
            #expect(
                await service.answer(.announcedTransactions(TestChain.wallet, upTo: BlockNumber(10)))
                    == .host(.announcedTransactions([])))
        }
    }

    @Test("A block of the followed chain is answered by its number; one above the head is stale")
    func blocks() async throws {
        let node = FakeNode(TestChain(upTo: 200))
        try await following(node) { service in
            try #require(await eventually { await service.status().head != nil }, "the chain is followed")
            for number: UInt64 in [0, 100, 195, 200] {
                let block = try #require(await node.chain[BlockNumber(number)])
                #expect(await service.answer(.block(block.number)) == .host(.block(block)))
            }
            #expect(await service.answer(.block(BlockNumber(201))) == .unavailable(.stale))
        }
    }

    @Test("A source whose chain shares nothing with the one followed is not followed, and answers nothing")
    func unlinked() async throws {
        let node = FakeNode(TestChain(upTo: 40))
        try await following(node) { service in
            var listener = Listener(service.heads())
            let head = await node.chain.head
            await listener.listen(until: head)
            await node.reorganise(depth: 30, count: 35)
            let other = await node.chain.head
            let fork = try #require(await node.chain[head.number.adding(1)])
            try #require(
                await eventually { await service.status().trouble == .unlinked(fork) }, "the other chain is noticed"
            )
            #expect(await service.status().head == head)
            #expect(
                await service.answer(.call(Bridge.GetRedemptionParameters(), at: other.reference))
                    == .unavailable(.stale))
            #expect(await service.answer(.block(head.number)) == .host(.block(head)), "what was told stays told")
        }
    }
}
