import Bitcoin
import BitcoinClient
import CurlHTTP
import JSONRPC
import Logging
import Node
import TestKit
import WalletActions

/// Asks a node over a connection for the length of `body`.
@discardableResult
func asking<Result: Sendable>(
    _ core: FakeCore, network: BitcoinCoreClient.Network = .regtest, maximumTipAge: UInt64? = nil, now: UInt64 = 0,
    timeoutMilliseconds: Int = 60_000, depth: UInt32 = TestBlocks.depth,
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: @Sendable @escaping (BitcoinCoreClient) async throws -> Result
) async throws -> Result {
    try await withLoopbackServer({ await core.serve($0) }) { url in
        let http = CurlClient()
        defer { http.shutDown() }
        let rpc = JSONRPCClient(http: http, url: url, timeoutMilliseconds: timeoutMilliseconds)
        return try await body(
            BitcoinCoreClient(
                rpc: rpc, network: network, maximumTipAge: maximumTipAge, recentBlocks: depth,
                scanTimeout: .milliseconds(timeoutMilliseconds), logger: logger, now: { now }))
    }
}

/// Asks a node one question by a client that has asked nothing before.
func answer(
    _ query: BitcoinQuery, of core: FakeCore, timeoutMilliseconds: Int = 60_000
) async throws -> ChainAnswer {
    try await asking(core, timeoutMilliseconds: timeoutMilliseconds) { await $0.answer(query) }
}

/// A question of each kind, and of each way by which it is answered.
enum Question: CaseIterable, Sendable {
    case tip
    case recent
    case waiting
    case old
    case unknown
    case spent
    case noOutput
    case outputs
    case fees

    var query: BitcoinQuery {
        switch self {
        case .tip: .tip
        case .recent: .transaction(TestBlocks.recent.txid)
        case .waiting: .transaction(TestBlocks.waiting.txid)
        case .old: .transaction(TestBlocks.old.txid)
        case .unknown: .transaction(Txid(TestBlocks.hash(0x77)))
        case .spent: .spender(of: OutPoint(txid: TestBlocks.recent.txid, index: 0))
        case .noOutput: .spender(of: OutPoint(txid: Txid(TestBlocks.hash(0x77)), index: 0))
        case .outputs: .unspentOutputs(TestBlocks.script)
        case .fees: .feeQuotes(target: 2)
        }
    }
}

/// A node with the test chain and ``TestBlocks/waiting`` in its mempool.
func node(_ release: FakeCore.Release = .core29) async -> FakeCore {
    let core = FakeCore(release)
    await core.change { $0.mempool = [TestBlocks.waiting] }
    return core
}
