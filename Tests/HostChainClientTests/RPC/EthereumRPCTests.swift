import ChainFollowing
import CurlHTTP
import Ethereum
import Foundation
import HostChainClient
import JSONRPC
import Primitives
import TestKit
import Testing
import WalletActions

/// Asking one source: retries, pace, and what is believed of its answers.
@Suite(.timeLimit(.minutes(5))) struct EthereumRPCTests {
    @discardableResult private func asking<Result: Sendable>(
        _ node: FakeNode, attempts: Int = 3, batchSize: Int = 50, timeoutMilliseconds: Int = 20_000,
        _ body: @Sendable @escaping (EthereumRPC) async throws -> Result
    ) async throws -> Result {
        try await withLoopbackServer({ await node.answer($0) }) { url in
            try await body(
                rpc(url, attempts: attempts, batchSize: batchSize, timeoutMilliseconds: timeoutMilliseconds))
        }
    }

    private static let one = BlockNumber(1)...BlockNumber(1)

    private func failure(_ failure: JSONRPCFailure) -> RPCFailure {
        .call(method: "eth_getBlockByNumber", failure)
    }

    @Test("A source that is busy is asked as often as allowed, then the silence is the answer")
    func silence() async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { $0.transportFault = { _ in .body([], status: 502) } }
        try await asking(node) { rpc in
            await #expect(throws: failure(.status(502))) { try await rpc.blocks(Self.one) }
            #expect(await node.requests == 3)
            await #expect(throws: failure(.status(502))) { try await rpc.head() }
            #expect(await node.requests == 4, "whoever follows the head asks again anyway")
        }
    }

    @Test("A source that says it is busy is asked until the deadline, once")
    func busy() async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { $0.transportFault = { _ in .body([], status: 503) } }
        // On a crowded machine one answer alone may take seconds.
        try await asking(node, attempts: 100, timeoutMilliseconds: 10_000) { rpc in
            await #expect(throws: failure(.status(503))) { try await rpc.blocks(Self.one) }
            #expect((2...12).contains(await node.requests))
        }
    }

    @Test(
        "A source that refuses a block hash as the place of a call, by whatever code, is asked by number from then on",
        arguments: [
            (-32602, "invalid argument 1: hex string without 0x prefix"), (-32000, "Cannot convert string to buffer"),
            (-32700, "Parse error"), (-32603, "Internal error"),
        ])
    func placeByNumber(code: Int, message: String) async throws {
        let node = FakeNode(TestChain(upTo: 30)) { _, _ in .returns([7]) }
        await node.change { $0.hashRefusal = (code, message) }
        try await asking(node) { rpc in
            let block = await node.chain.head.reference
            for _ in 0..<2 {
                let results = try await rpc.call([(to: FakeNode.bridge, data: [1])], at: block)
                #expect(results == [.success(.returned([7]))], "\(code)")
            }
            let places = await node.calls.filter { $0.method == "eth_call" }.map {
                $0.parameters[1]["blockHash"] != nil
            }
            #expect(places == [true, false, false])
            await node.change { $0.hashRefusal = nil }
        }
        // Without the block, or where every call fails, the refusal stands and nothing is learnt from it.
        try await asking(node) { rpc in
            let other = await node.chain.head.reference
            await node.reorganise(depth: 2, count: 3)
            let refusal = JSONRPCError(code: -32000, message: "header for hash not found", data: nil)
            await #expect(throws: RPCFailure.call(method: "eth_call", .error(refusal))) {
                try await rpc.call([(to: FakeNode.bridge, data: [1])], at: other)
            }
            let head = await node.chain.head.reference
            let results = try await rpc.call([(to: FakeNode.bridge, data: [1])], at: head)
            #expect(results == [.success(.returned([7]))])
            #expect(await node.calls.last?.parameters[1]["blockHash"] != nil, "a hash is still named")
        }
    }

    @Test("Calls at one block are one request, and one that fails takes nothing from the others")
    func oneRequest() async throws {
        let node = FakeNode(TestChain(upTo: 3)) { _, data in
            switch data {
            case [1]: .returns([7])
            case [2]: .reverts(.error("no"))
            default: .fails(code: -32000, message: "out of gas")
            }
        }
        try await asking(node) { rpc in
            let block = await node.chain.head.reference
            let calls = [1, 2, 3].map { (to: FakeNode.bridge, data: [$0] as Bytes) }
            let failure = JSONRPCError(code: -32000, message: "out of gas", data: nil)
            let results = try await rpc.call(calls, at: block)
            #expect(
                results == [
                    .success(.returned([7])), .success(.reverted(.error("no"))),
                    .failure(.call(method: "eth_call", .error(failure))),
                ])
            #expect(await node.requests == 1)
        }
    }

    @Test("A source with a limit of 20 calls a request, which it tells by one object, gives every block")
    func smallBatches() async throws {
        let chain = TestChain(upTo: 60)
        let node = FakeNode(chain)
        await node.change {
            $0.batchLimit = (
                20,
                .object([
                    "jsonrpc": .string("2.0"), "id": .null,
                    "error": .object(["code": .number(-32000), "message": .string("batch limit 20 exceeded")]),
                ])
            )
        }
        try await asking(node) { rpc in
            let blocks = try await rpc.blocks(BlockNumber(1)...BlockNumber(50))
            #expect(blocks == (1...50).map { chain[BlockNumber($0)] })
        }
    }

    @Test("A source that never answers is given up at the deadline")
    func deadline() async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { $0.transportFault = { _ in .hang } }
        try await asking(node, attempts: 2, timeoutMilliseconds: 3_000) { rpc in
            await #expect(throws: failure(.transport(.timeout))) { try await rpc.blocks(Self.one) }
            #expect(await node.requests == 2)
        }
    }

    @Test("A source that comes back within the attempts is believed")
    func recovery() async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { $0.fault = { _ in .error(code: -32005, message: "limit exceeded") } }
        try await asking(node, attempts: 1000) { rpc in
            async let block = rpc.blocks(Self.one)
            try #require(await eventually { await node.requests > 2 }, "the throttling is met")
            await node.change { $0.fault = nil }
            #expect(try await block == [node.chain[BlockNumber(1)]])
        }
    }

    @Test("A throttled request is repeated, another refusal is not, and both are counted")
    func throttled() async throws {
        let node = FakeNode(TestChain(upTo: 3))
        try await asking(node) { rpc in
            for (code, requests) in [(-32005, 3), (-32601, 4)] {
                await node.change { $0.fault = { _ in .error(code: code, message: "scripted") } }
                await #expect(throws: failure(.error(JSONRPCError(code: code, message: "scripted", data: nil)))) {
                    try await rpc.blocks(Self.one)
                }
                #expect(await node.requests == requests)
                #expect(await rpc.refusals == ["eth_getBlockByNumber": requests])
            }
        }
    }

    @Test("Many calls go out in batches of the size allowed, and their answers come in order")
    func batches() async throws {
        let chain = TestChain(upTo: 20)
        let node = FakeNode(chain)
        try await asking(node, batchSize: 4) { rpc in
            let blocks = try await rpc.blocks(BlockNumber(3)...BlockNumber(21))
            #expect(await node.requests == 5)
            #expect(blocks == (3...21).map { chain[BlockNumber($0)] })
        }
    }

    @Test("A block under another number than asked for is refused")
    func otherNumber() async throws {
        let node = FakeNode(TestChain(upTo: 20))
        await node.change { $0.fault = { _ in .result(.object(Self.block(["number": .string("0x5")]))) } }
        try await asking(node) { rpc in
            await #expect(
                throws: RPCFailure.contradiction(method: "eth_getBlockByNumber", "block 5, not 1")
            ) { try await rpc.blocks(Self.one) }
        }
    }

    @Test(
        "Revert data is taken in each form that nodes give it",
        arguments: [
            (3, "0x", RevertReason.empty), (3, nil, .empty), (-32000, "0x", .empty),
            (3, "0xdeadbeef", .other([0xde, 0xad, 0xbe, 0xef])),
            (-32015, "Reverted " + RevertReason.error("no").encoded.prefixedHex, .error("no")),
            (-32000, RevertReason.panic(UInt256(0x11)).encoded.prefixedHex, .panic(UInt256(0x11))),
        ] as [(Int, String?, RevertReason)])
    func reverts(code: Int, data: String?, reason: RevertReason) async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { $0.fault = { _ in .error(code: code, message: "execution reverted", data: data) } }
        try await asking(node) { rpc in
            let results = try await rpc.call([(to: FakeNode.bridge, data: [1])], at: await node.chain.head.reference)
            #expect(results == [.success(.reverted(reason))])
            #expect(await rpc.refusals.isEmpty, "a revert is an answer")
        }
    }

    private static func block(_ changes: [String: JSONValue?]) -> [String: JSONValue] {
        let hash = JSONValue.string(Hash32.zero.description)
        var fields: [String: JSONValue] = [
            "number": .string("0x1"), "hash": hash, "parentHash": hash, "timestamp": .string("0x0"),
        ]
        for (name, value) in changes { fields[name] = value }
        return fields
    }

    static let badBlocks: [(String, JSONValue?)] = [
        ("number", nil), ("hash", nil), ("parentHash", nil), ("timestamp", nil), ("number", .null), ("hash", .null),
        ("number", .number(1)), ("number", .string("1")), ("number", .string("0x")), ("number", .string("0x01")),
        ("number", .string("0x+1")), ("number", .string("0x-1")), ("number", .string("0X1")),
        ("number", .string("0x10000000000000000")), ("number", .string("0x1 ")), ("number", .string("")),
        ("timestamp", .string("0xg")), ("timestamp", .flag(true)), ("hash", .string("0x")),
        ("hash", .string(String(repeating: "0", count: 64))),
        ("hash", .string("0x" + String(repeating: "0", count: 62))),
        ("hash", .string("0x" + String(repeating: "0", count: 66))), ("parentHash", .array([])),
        ("parentHash", .string("0x" + String(repeating: "z", count: 64))),
    ]

    @Test("A block with a field missing, of another type or out of form is refused", arguments: badBlocks)
    func badBlock(name: String, value: JSONValue?) async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change { node in
            node.fault = { _ in .result(.object(Self.block([name: value]))) }
        }
        try await asking(node) { rpc in
            do {
                _ = try await rpc.head()
                Issue.record("\(name) \(String(describing: value)) was taken")
            } catch RPCFailure.call("eth_getBlockByNumber", .malformed) {}
            #expect(await node.requests == 1, "nonsense is not asked for again")
        }
    }

    @Test("A log that is removed, pending, or has a field out of form is refused")
    func badLogs() async throws {
        let placed = TestChain.request(amount: 1, in: TestChain(upTo: 1).head, at: 0)
        let good: [String: JSONValue] = [
            "address": .string(placed.log.address.description),
            "topics": .array(placed.log.topics.map { .string($0.description) }),
            "data": .string(placed.log.data.prefixedHex), "blockNumber": .string("0x1"),
            "blockHash": .string(placed.blockHash.description), "logIndex": .string("0x0"),
        ]
        let bad: [(String, JSONValue?)] = [
            ("removed", .flag(true)), ("blockNumber", .null), ("blockHash", .null), ("logIndex", nil),
            ("topics", .array([.string("0x00")])), ("topics", .null), ("data", .string("0x0")), ("address", nil),
            ("address", .string("0x00")),
        ]
        let node = FakeNode(TestChain(upTo: 3))
        try await asking(node) { rpc in
            await node.change { $0.fault = { _ in .result(.array([.object(good)])) } }
            #expect(try await rpc.logs(in: Self.one, from: FakeNode.bridge, topics: []) == [placed])
            for (name, value) in bad {
                var fields = good
                fields[name] = value
                let log = fields
                await node.change { $0.fault = { _ in .result(.array([.object(log)])) } }
                do {
                    _ = try await rpc.logs(in: Self.one, from: FakeNode.bridge, topics: [])
                    Issue.record("\(name) \(String(describing: value)) was taken")
                } catch RPCFailure.call("eth_getLogs", .malformed) {}
            }
        }
    }

    @Test("Answers that were damaged on the way are refused or read, and never crash the client")
    func mutants() async throws {
        var chain = TestChain(upTo: 3)
        chain.mine(3, events: { _ in 3 })
        let node = FakeNode(chain) { _, _ in .returns(Bytes(repeating: 0, count: 32)) }
        let blocks = chain.blocks
        try await asking(node, attempts: 1) { rpc in
            var random = SeededGenerator(seed: 0xbad)
            for _ in 0..<400 {
                let seed = random.next()
                await node.change { node in
                    node.transportFault = { .body($0.damaged(seed: seed, changes: 1...4, inserts: "{}[],:\"0x\\")) }
                }
                do {
                    switch seed % 4 {
                    case 0: _ = try await rpc.head()
                    case 1: _ = try await rpc.blocks(BlockNumber(1)...BlockNumber(3))
                    case 2: _ = try await rpc.logs(of: blocks, from: FakeNode.bridge, topics: IndexedEvent.topics)
                    default: _ = try await rpc.call([(to: FakeNode.bridge, data: [])], at: blocks[0].reference)
                    }
                } catch is RPCFailure {}
            }
            #expect(await node.requests >= 400)
        }
    }

    @Test("One second's worth of requests passes at once, then the pace holds; a pause gives no credit beyond that")
    func pace() {
        var pace = RequestPace(perSecond: 10)
        func waits(_ count: Int, at milliseconds: Int) -> [Duration] {
            (0..<count).map { _ in pace.book(at: .milliseconds(milliseconds)) }
        }
        #expect(waits(10, at: 0).allSatisfy { $0 == .zero })
        #expect(waits(2, at: 0) == [.milliseconds(100), .milliseconds(200)])
        #expect(waits(4, at: 500) == [.zero, .zero, .zero, .milliseconds(100)])
        #expect(waits(10, at: 100_000).allSatisfy { $0 == .zero })
        #expect(waits(1, at: 100_000) == [.milliseconds(100)])
    }
}
