import ChainFollowing
import Ethereum
import Foundation
import HostChainClient
import Primitives
import TestKit
import WalletActions

/// A call as a node reads it.
struct NodeCall: Hashable, Sendable {
    let method: String
    let parameters: [JSONValue]
}

/// What a node answers to a call.
enum NodeReply: Sendable {
    case result(JSONValue)
    case error(code: Int, message: String, data: String? = nil)
}

/// An Ethereum node: a chain in memory, contracts that answer by a closure, JSON-RPC, and faults on demand.
actor FakeNode {
    /// What a contract does when it is called.
    enum Behaviour: Sendable {
        case returns(Bytes)
        case reverts(RevertReason)
        case fails(code: Int, message: String)
    }

    static let bridge = TestChain.bridge
    static let validator = EthereumAddress(Hash20(Bytes(repeating: 0xab, count: 20)) ?? .zero)

    private(set) var chain: TestChain
    var chainID: UInt64 = 31337
    var isSyncing = false
    var hasCode = true
    /// The error by which a block hash as the place of a call is refused; nil: it is taken.
    var hashRefusal: (code: Int, message: String)?
    /// The largest batch, and how a larger one is refused.
    var batchLimit: (size: Int, reply: JSONValue)?
    /// The largest number of blocks that a question for logs may cover.
    var largestRange: UInt64 = .max
    /// Answers a call in the node's place, where it gives an answer.
    var fault: (@Sendable (NodeCall) -> NodeReply?)?
    /// Answers a request in the node's place, where it gives an answer; gets the node's own answer.
    var transportFault: (@Sendable (Bytes) -> LoopbackAnswer?)?
    private let contract: @Sendable (EthereumAddress, Bytes) -> Behaviour
    private(set) var calls: [NodeCall] = []
    private(set) var requests = 0
    /// The requests that call a contract.
    private(set) var callRequests = 0

    init(
        _ chain: TestChain,
        contract: @escaping @Sendable (EthereumAddress, Bytes) -> Behaviour = { _, _ in .returns([]) }
    ) {
        self.chain = chain
        self.contract = contract
    }

    /// Changes the node under the client.
    func change(_ body: @Sendable (isolated FakeNode) -> Void) { body(self) }

    func mine(_ count: Int = 1, events: @Sendable (UInt64) -> Int = { _ in 0 }) {
        chain.mine(count, events: events)
    }

    func reorganise(depth: Int, count: Int, events: @Sendable (UInt64) -> Int = { _ in 0 }) {
        chain.reorganise(depth: depth, count: count, events: events)
    }

    /// How often a method was called.
    func count(_ method: String) -> Int { calls.count { $0.method == method } }

    /// How often a method was called for a block by its number.
    func count(_ method: String, of block: HostBlock) -> Int {
        calls.count { $0.method == method && $0.parameters.first == .quantity(block.number.rawValue) }
    }

    /// The answers with another last digit in every word of hexadecimal that is longer than a number.
    static func lie(_ answers: Bytes) -> LoopbackAnswer? {
        func changed(_ value: JSONValue) -> JSONValue {
            switch value {
            case .string(let text) where text.count > 30: .string(text.dropLast() + (text.hasSuffix("0") ? "1" : "0"))
            case .array(let values): .array(values.map(changed))
            case .object(let values): .object(values.mapValues(changed))
            default: value
            }
        }
        guard let answers = try? JSONDecoder().decode(JSONValue.self, from: Data(answers)),
            let bytes = try? JSONEncoder().encode(changed(answers))
        else { return nil }
        return .body(Bytes(bytes))
    }

    /// Answers a request, a call or a batch of them; the answers of a batch come in the opposite order.
    func answer(_ request: Bytes) -> LoopbackAnswer {
        requests += 1
        guard let body = try? JSONDecoder().decode(JSONValue.self, from: Data(request)) else {
            return .body(Bytes("{}".utf8), status: 400)
        }
        if ([body] + body.list).contains(where: { $0["method"] == .string("eth_call") }) { callRequests += 1 }
        let reply: JSONValue
        if case .array(let batch) = body, let batchLimit, batch.count > batchLimit.size {
            reply = batchLimit.reply
        } else if case .array(let batch) = body {
            reply = .array(batch.reversed().map(answer))
        } else {
            reply = answer(body)
        }
        guard let bytes = try? JSONEncoder().encode(reply) else { return .drop }
        return transportFault?(Bytes(bytes)) ?? .body(Bytes(bytes))
    }

    private func answer(_ request: JSONValue) -> JSONValue {
        let call = NodeCall(method: request["method"]?.text ?? "", parameters: request["params"]?.list ?? [])
        calls.append(call)
        var answer: [String: JSONValue] = ["jsonrpc": .string("2.0"), "id": request["id"] ?? .null]
        switch fault?(call) ?? reply(to: call) {
        case .result(let value): answer["result"] = value
        case .error(let code, let message, let data):
            var error: [String: JSONValue] = ["code": .number(code), "message": .string(message)]
            if let data { error["data"] = .string(data) }
            answer["error"] = .object(error)
        }
        return .object(answer)
    }

    private func reply(to call: NodeCall) -> NodeReply {
        switch call.method {
        case "eth_chainId": return .result(.quantity(chainID))
        case "eth_syncing": return .result(isSyncing ? .object(["currentBlock": .string("0x0")]) : .flag(false))
        case "eth_getCode": return .result(.string(hasCode ? "0x60" : "0x"))
        case "eth_getBlockByNumber":
            if call.parameters[0] == .string("latest") { return .result(Self.json(chain.head)) }
            return .result(block(call.parameters[0]).map(Self.json) ?? .null)
        case "eth_getLogs": return logs(call.parameters[0])
        case "eth_call": return contractCall(call.parameters[0], at: call.parameters[1])
        default: return .error(code: -32601, message: "no method \(call.method)")
        }
    }

    private func block(_ number: JSONValue) -> HostBlock? {
        number.quantity.flatMap { chain[BlockNumber($0)] }
    }

    private func logs(_ filter: JSONValue) -> NodeReply {
        guard filter["address"] == .string(Self.bridge.description),
            filter["topics"] == .array([.array(IndexedEvent.topics.map { .string($0.description) })])
        else { return .result(.array([])) }
        if let hash = filter["blockHash"] {
            guard let block = chain.blocks.first(where: { .string($0.hash.description) == hash }) else {
                return .error(code: -32000, message: "unknown block")
            }
            return .result(.array(chain.logs(of: block).map(Self.json)))
        }
        guard let first = filter["fromBlock"]?.quantity, let last = filter["toBlock"]?.quantity, first <= last else {
            return .error(code: -32602, message: "invalid block range params")
        }
        guard last - first < largestRange else {
            return .error(code: -32000, message: "query returned more than 10000 results")
        }
        return .result(.array(chain.logs(in: BlockNumber(first)...BlockNumber(last)).map(Self.json)))
    }

    private func contractCall(_ transaction: JSONValue, at place: JSONValue) -> NodeReply {
        if let hash = place["blockHash"] {
            if let hashRefusal { return .error(code: hashRefusal.code, message: hashRefusal.message) }
            guard chain.blocks.contains(where: { .string($0.hash.description) == hash }) else {
                return .error(code: -32000, message: "header for hash not found")
            }
        } else if block(place) == nil {
            return .error(code: -32000, message: "header not found")
        }
        guard let to = transaction["to"]?.text.flatMap({ try? EthereumAddress(hex: $0) }),
            let data = transaction["data"]?.text.flatMap({ try? Bytes(hex: $0) })
        else { return .error(code: -32602, message: "invalid argument 0") }
        switch contract(to, data) {
        case .returns(let bytes): return .result(.string(bytes.prefixedHex))
        case .reverts(let reason):
            return .error(code: 3, message: "execution reverted", data: reason.encoded.prefixedHex)
        case .fails(let code, let message): return .error(code: code, message: message)
        }
    }

    static func json(_ block: HostBlock) -> JSONValue {
        .object([
            "number": .quantity(block.number.rawValue), "hash": .string(block.hash.description),
            "parentHash": .string(block.parentHash.description), "timestamp": .quantity(block.timestamp.seconds),
            "transactions": .array([]),
        ])
    }

    static func json(_ placed: PlacedLog) -> JSONValue {
        .object([
            "address": .string(placed.log.address.description),
            "topics": .array(placed.log.topics.map { .string($0.description) }),
            "data": .string(placed.log.data.prefixedHex), "blockNumber": .quantity(placed.block.rawValue),
            "blockHash": .string(placed.blockHash.description), "logIndex": .quantity(placed.logIndex),
            "removed": .flag(false),
        ])
    }
}
