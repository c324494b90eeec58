import ChainFollowing
import CurlHTTP
import HostChainClient
import JSONRPC
import Logging
import Primitives
import TestKit
import Testing

/// A client of the source at an address, with short waits.
func rpc(
    _ url: String, attempts: Int = 3, batchSize: Int = 50, timeoutMilliseconds: Int = 20_000
) -> EthereumRPC {
    EthereumRPC(
        client: JSONRPCClient(http: CurlClient(connections: 4), url: url, timeoutMilliseconds: timeoutMilliseconds),
        limits: EthereumRPC.Limits(
            batchSize: batchSize, requestsPerSecond: 1_000_000, attempts: attempts, firstWait: .milliseconds(1)))
}

/// Follows a node for the length of `body`.
func following<Result: Sendable>(
    _ node: FakeNode, logRange: UInt64 = 16, maximumHeadAge: UInt64? = nil,
    now: @escaping @Sendable () -> UInt64 = { 0 },
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: @Sendable @escaping (HostChainService) async throws -> Result
) async throws -> Result {
    try await withLoopbackServer({ await node.answer($0) }) { url in
        let service = HostChainService(
            configuration: HostChainConfiguration(
                chainID: 31337, bridge: FakeNode.bridge, validator: FakeNode.validator, startBlock: BlockNumber(0),
                poll: .milliseconds(2), logRange: logRange, maxRange: 64,
                following: HeadFollower.Limits(anchorDepth: 8, kept: 64, fetchSize: 8), firstWait: .milliseconds(2),
                maximumHeadAge: maximumHeadAge),
            rpc: rpc(url, attempts: 1), logger: logger, now: now)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await service.run()
                return nil
            }
            group.addTask { try await body(service) }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let result = finished { return result }
            }
            throw CancellationError()
        }
    }
}
