import BitcoinClient
import Coordination
import CurlHTTP
import JSONRPC
import Node
import Peers
import Primitives
import TestKit
import Testing
import WalletActions

/// What the log says of a Bitcoin source in trouble.
@Suite(.serialized) struct SourceLinesTests {
    private func client(_ url: String, _ http: CurlClient, _ lines: LogLines) -> BitcoinCoreClient {
        BitcoinCoreClient(
            rpc: JSONRPCClient(http: http, url: url, timeoutMilliseconds: 5_000), network: .regtest, maximumTipAge: nil,
            logger: lines.logger)
    }

    /// One line at warning says all that the operator needs, however often the source fails.
    private func expectOne(_ lines: LogLines, _ reason: String) throws {
        #expect(lines.all.count == 1, "\(lines.all)")
        let line = try #require(lines.with(reason: reason).first, "\(lines.all)")
        #expect(line.level == "warning" && line.message.hasPrefix("Bitcoin source: "))
        #expect(line.fields["since"] == "0 s ago" && line.fields["do"]?.isEmpty == false)
    }

    @Test("A Bitcoin source that is dead is one line, also while nobody asks it anything")
    func dead() async throws {
        let (http, lines) = (CurlClient(), LogLines())
        defer { http.shutDown() }
        // Nothing listens on this port: it is not one that the system gives out.
        let client = client("http://127.0.0.1:1", http, lines)
        await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await client.keepUp(every: .milliseconds(1)) }
            #expect(await eventually { !lines.all.isEmpty })
        }
        for _ in 0..<20 { #expect(await client.answer(.tip) == .unavailable(.silent)) }
        try expectOne(lines, "source.unreachable")
    }

    @Test("A Bitcoin source whose certificate is refused is one line")
    func refusedCertificate() async throws {
        let (http, lines, key) = (CurlClient(), LogLines(), TestKey())
        defer { http.shutDown() }
        // A server whose certificate no authority signed.
        let server = try PeerService(
            configuration: PeersConfiguration(listen: .init(host: "127.0.0.1", port: 0), members: []),
            me: key.address, logger: LogLines().logger,
            certificate: { try PeerCertificate(operatorKey: key.value, now: $0) },
            hello: {
                Hello(
                    chainID: 1, bridge: .zero, profile: ProtocolProfile.devnet.digest,
                    bootNonce: Bytes(repeating: 1, count: 16), clock: 0, build: "test")
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await server.run() }
            let client = client("https://127.0.0.1:\(await server.listeningPort())", http, lines)
            for _ in 0..<3 { _ = await client.answer(.tip) }
            try expectOne(lines, "source.tls")
        }
    }
}
