import Coordination
import Foundation
import Logging
import Primitives
import Synchronization
import TestKit
import Testing

@testable import Peers

/// What the operator is told of the links, over real sockets of this machine.
@Suite(.serialized) struct LinkLinesTests {
    private func service(
        _ key: TestKey, members: [EthereumAddress: PeersConfiguration.Endpoint?], lines: Lines,
        messagesPerSecond: Double = 1_000
    ) throws -> PeerService {
        try PeerService(
            configuration: PeersConfiguration(
                listen: .init(host: "127.0.0.1", port: 0), members: members, messagesPerSecond: messagesPerSecond),
            me: key.address, logger: Logger(label: "test") { _ in lines },
            certificate: { try PeerCertificate(operatorKey: key.value, now: $0) },
            hello: {
                Hello(
                    chainID: 1, bridge: .zero, profile: ProtocolProfile.mainnet.digest,
                    bootNonce: Bytes(repeating: 1, count: 16), clock: 0, build: "test")
            })
    }

    @Test("Strangers that are turned away in number are one line, and an operator without a wallet of ours another")
    func strangers() async throws {
        let (a, stranger, lines) = (TestKey(), TestKey(), Lines())
        let listening = try service(a, members: [:], lines: lines)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let port = await listening.listeningPort()
            // Held, since one that is gone already when it is accepted counts as nothing.
            let held = (0..<100).compactMap { _ in RawConnection(port: port) }
            #expect(await eventually { held.count { !$0.isEnded } <= 5 })
            #expect(await eventually { await listening.counters.turnedAway.values.reduce(0, +) > 50 })
            #expect(lines.count(of: "strangers.turned_away") == 1)
            #expect(lines.count(of: "strangers.not_a_member") == 0)
            let dialling = try service(
                stranger, members: [a.address: .init(host: "127.0.0.1", port: port)], lines: Lines())
            group.addTask { try await dialling.run() }
            #expect(
                await eventually(within: .seconds(20)) { await listening.counters.refused[.notAMember] ?? 0 > 0 })
            #expect(lines.count(of: "strangers.not_a_member") == 1)
            #expect(lines.count(of: "strangers.turned_away") == 1)
        }
    }

    @Test("A member that sends more than it may is one line")
    func flood() async throws {
        let (a, b, lines) = (TestKey(), TestKey(), Lines())
        let listening = try service(
            a, members: [b.address: nil as PeersConfiguration.Endpoint?], lines: lines, messagesPerSecond: 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let dialling = try service(b, members: [a.address: place], lines: Lines())
            group.addTask { try await dialling.run() }
            #expect(await eventually { await dialling.connected == [a.address] })
            #expect(lines.count(of: "link.rate") == 0)
            #expect(
                await eventually {
                    for _ in 0..<20 { _ = await dialling.send([1], .agreement, to: a.address) }
                    return await listening.counters.held.contains { $0.key.reason == "rate" && $0.value > 3 }
                })
            #expect(lines.count(of: "link.rate") == 1)
        }
    }
}

/// Keeps the reasons of what is logged.
private final class Lines: LogHandler {
    private let reasons = Mutex<[String]>([])
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        if let reason = event.metadata?["reason"] { reasons.withLock { $0.append("\(reason)") } }
    }

    func count(of reason: String) -> Int { reasons.withLock { $0.count { $0 == reason } } }
}
