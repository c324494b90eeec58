import Bitcoin
import Foundation
import Primitives
import TestKit

/// A Bitcoin Core node: blocks and a mempool in memory, JSON-RPC without wallet and, unless told, without index, and
/// faults on demand.
///
/// The shapes are those of Core's RPC documentation (bitcoincore.org/en/doc, 27.0.0 and 29.0.0); codes and words of the
/// errors are those of its sources (src/rpc, src/common/messages.cpp).
actor FakeCore {
    /// Releases that wrap answers differently: 27 answers errors under a status of their own and sends both keys, 29
    /// holds to JSON-RPC 2.0 (doc/release-notes-27101.md).
    enum Release: CaseIterable, Sendable {
        case core27
        case core29
    }

    let release: Release
    private(set) var blocks = TestBlocks.blocks {
        didSet { for block in blocks where known[block.hash] == nil { known[block.hash] = block } }
    }
    /// Every block there was: a node answers for those that a reorganisation left behind as well.
    private(set) var known = Dictionary(uniqueKeysWithValues: TestBlocks.blocks.map { ($0.hash, $0) })
    var mempool: [Transaction] = []
    /// What `-txindex` does to `getrawtransaction`.
    var hasTransactionIndex = false
    /// Members of a method's answer as JSON text, in place of the node's own; nil leaves one out. Those of a list's
    /// entries stand under the method and the list's name.
    var members: [String: [String: String?]] = [:]
    /// Answers a call in the node's place, where it gives an answer.
    var fault: (@Sendable (CoreCall) -> CoreReply?)?
    /// Answers a request in the node's place, where it gives an answer; gets the calls and the node's own answer.
    var transportFault: (@Sendable ([CoreCall], Bytes) -> LoopbackAnswer?)?
    /// Happens once, before the next call of this method.
    var event: (method: String, body: @Sendable (isolated FakeCore) -> Void)?
    /// How long a scan takes; nil: no time.
    var scanTime: Duration?
    /// A scan runs, ours or another's.
    var isScanning = false
    private(set) var calls: [CoreCall] = []
    private(set) var requests = 0

    init(_ release: Release = .core29) { self.release = release }

    /// Changes the node under the client.
    func change(_ body: @Sendable (isolated FakeCore) -> Void) { body(self) }

    var tip: Block { blocks[blocks.count - 1] }

    func count(_ method: String) -> Int { calls.count { $0.method == method } }

    /// Makes the next block; what it holds leaves the mempool.
    func mine(_ transactions: [Transaction] = [], branch: UInt32 = 0) {
        blocks.append(TestBlocks.next(on: blocks, transactions, branch: branch))
        mempool.removeAll { transactions.contains($0) }
    }

    /// Replaces the last blocks by others.
    func reorganise(depth: Int, _ branch: [[Transaction]]) {
        blocks.removeLast(depth)
        for transactions in branch { mine(transactions, branch: 1) }
    }

    // MARK: - The protocol

    private struct Request: Decodable {
        let id: UInt64
        let method: String
        let params: [JSONValue]
    }

    /// Answers a request; a scan takes its time, and the node refuses another meanwhile.
    func serve(_ request: Bytes) async -> LoopbackAnswer {
        let found = answer(request)
        guard let scanTime, let call = calls.last, call.method == "scantxoutset", call[0] == .string("start"),
            !isScanning
        else { return found }
        isScanning = true
        try? await Task.sleep(for: scanTime)
        isScanning = false
        return found
    }

    func abortScan() { isScanning = false }

    /// Answers a request, a call or a batch of them.
    func answer(_ request: Bytes) -> LoopbackAnswer {
        requests += 1
        let data = Data(request)
        let (text, status, made): (String, Int, [CoreCall])
        if let batch = try? JSONDecoder().decode([Request].self, from: data) {
            (text, status) = ("[\(batch.map { answer($0).text }.joined(separator: ","))]", 200)
            made = batch.map { CoreCall(method: $0.method, parameters: $0.params) }
        } else if let single = try? JSONDecoder().decode(Request.self, from: data) {
            (text, status) = answer(single)
            made = [CoreCall(method: single.method, parameters: single.params)]
        } else {
            (text, status, made) = (
                #"{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}"#, 500, []
            )
        }
        let bytes = Bytes((text + "\n").utf8)
        return transportFault?(made, bytes) ?? .body(bytes, status: status)
    }

    private func answer(_ request: Request) -> (text: String, status: Int) {
        let call = CoreCall(method: request.method, parameters: request.params)
        if let event, event.method == call.method {
            self.event = nil
            event.body(self)
        }
        calls.append(call)
        switch (fault?(call) ?? reply(to: call), release) {
        case (.result(let value), .core27): return (#"{"result":\#(value),"error":null,"id":\#(request.id)}"#, 200)
        case (.result(let value), .core29): return (#"{"jsonrpc":"2.0","result":\#(value),"id":\#(request.id)}"#, 200)
        case (.error(let code, let words), let release):
            let error = #"{"code":\#(code),"message":\#(quoted(words))}"#
            guard release == .core27 else { return (#"{"jsonrpc":"2.0","error":\#(error),"id":\#(request.id)}"#, 200) }
            let status = code == -32601 ? 404 : code == -32600 ? 400 : 500
            return (#"{"result":null,"error":\#(error),"id":\#(request.id)}"#, status)
        }
    }

    /// An object with the members that a test has put in place of the node's own.
    func object(_ name: String, _ own: [(String, String)]) -> String {
        let changes = members[name] ?? [:]
        let kept = own.compactMap { key, value -> String? in
            guard let change = changes[key] else { return "\(quoted(key)):\(value)" }
            return change.map { "\(quoted(key)):\($0)" }
        }
        return "{\(kept.joined(separator: ","))}"
    }
}

/// A text as JSON.
func quoted(_ text: String) -> String {
    "\"\(text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\""))\""
}
