import Coordination
import Foundation
import NIOCore
import NIOPosix
import Primitives
import Synchronization
import TestKit
import Testing

@testable import Peers

/// What the log says of a member's link that turns bad, of one that is well again, and of strangers.
@Suite(.serialized) struct LinkLinesTests {
    private func service(
        _ key: TestKey, members: [EthereumAddress: PeersConfiguration.Endpoint?], _ lines: LogLines,
        messagesPerSecond: Double = 1_000, patience: Duration = .seconds(60),
        clock: @escaping @Sendable () -> Date = { Date() }
    ) throws -> PeerService {
        try PeerService(
            configuration: PeersConfiguration(
                listen: .init(host: "127.0.0.1", port: 0), members: Set(members.keys),
                bootstrap: members.compactMapValues(\.self), messagesPerSecond: messagesPerSecond,
                redial: .milliseconds(20), patience: patience, settle: .milliseconds(300)),
            me: key.address, logger: lines.logger, clock: clock,
            certificate: { try PeerCertificate(operatorKey: key.value, now: $0) },
            hello: {
                Hello(
                    chainID: 1, bridge: .zero, profile: ProtocolProfile.mainnet.digest,
                    bootNonce: Bytes(repeating: 1, count: 16), clock: 0, build: "test")
            })
    }

    /// A date that is so many days ahead, and how often it was asked for: once at least for each dial.
    private final class CountedClock: Sendable {
        private let state: Mutex<(days: Double, reads: Int)>
        init(days: Double) { state = Mutex((days, 0)) }
        var reads: Int { state.withLock { $0.reads } }
        func set(days: Double) { state.withLock { $0.days = days } }
        func read() -> Date {
            state.withLock { state in
                state.reads += 1
                return Date() + 86_400 * state.days
            }
        }
    }

    private let well = "a member's link: well again"

    @Test("A member whose certificate is refused is one line for all tries, and one more when its link is well again")
    func certificate() async throws {
        let (a, b) = (TestKey(), TestKey())
        let nowhere: PeersConfiguration.Endpoint? = nil
        let lines = LogLines()
        // By the dialling side's clock the other's certificate is over.
        let clock = CountedClock(days: 40)
        let listening = try service(a, members: [b.address: nowhere], LogLines())
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let dialling = try service(b, members: [a.address: place], lines, clock: { clock.read() })
            group.addTask { try await dialling.run() }
            #expect(await eventually { clock.reads > 9 && !lines.all.isEmpty })
            #expect(lines.all.count == 1, "\(lines.all)")
            let line = try #require(lines.with(reason: "link.certificate").first)
            #expect(line.level == "warning" && line.message.hasPrefix("a member's link: its certificate"))
            #expect(line.fields["peer"] == "\(a.address)" && line.fields["do"]?.isEmpty == false)
            #expect(line.fields["since"] == "0 s ago")
            #expect(!lines.all.contains { $0.message == well })
            clock.set(days: 0)
            #expect(await eventually { await dialling.connected == [a.address] })
            #expect(await eventually { lines.all.contains { $0.message == well } })
            let last = try #require(lines.all.last)
            #expect(last.level == "notice" && last.message == well && last.fields["peer"] == "\(a.address)")
            #expect(lines.all.count { $0.message == well } == 1)
        }
    }

    @Test("A member that cannot be reached is one line once it was away for a while")
    func unreachable() async throws {
        let (a, b) = (TestKey(), TestKey())
        let (lines, clock) = (LogLines(), CountedClock(days: 0))
        // Nothing listens on this port: it is not one that the system gives out.
        let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: 1)
        let dialling = try service(
            b, members: [a.address: place], lines, patience: .milliseconds(300), clock: { clock.read() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await dialling.run() }
            #expect(await eventually { clock.reads > 7 && !lines.all.isEmpty })
            #expect(lines.all.count == 1)
            let line = try #require(lines.with(reason: "link.unreachable").first, "\(lines.all)")
            #expect(line.level == "warning" && line.fields["peer"] == "\(a.address)")
        }
    }

    @Test("A link that stood and broke off says nothing: the next dial is the whole answer")
    func brokenOff() async throws {
        let (a, b, lines, proxy) = (TestKey(), TestKey(), LogLines(), TearingProxy())
        let nowhere: PeersConfiguration.Endpoint? = nil
        let listening = try service(a, members: [b.address: nowhere], LogLines())
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            await proxy.lead(to: await listening.listeningPort())
            group.addTask { try await proxy.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await proxy.listeningPort())
            let dialling = try service(b, members: [a.address: place], lines)
            group.addTask { try await dialling.run() }
            #expect(await eventually { await dialling.connected == [a.address] })
            await proxy.tear()
            #expect(await eventually { await dialling.connected.isEmpty })
            #expect(await eventually { await dialling.connected == [a.address] })
            #expect(await proxy.torn == 1)
            #expect(lines.all.isEmpty, "\(lines.all)")
        }
    }

    @Test("Strangers that are turned away in number are one line, and an operator without a wallet of ours another")
    func strangers() async throws {
        let (a, stranger, lines) = (TestKey(), TestKey(), LogLines())
        let listening = try service(a, members: [:], lines)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let port = await listening.listeningPort()
            // Held, since one that is gone already when it is accepted counts as nothing.
            let held = (0..<100).compactMap { _ in RawConnection(port: port) }
            #expect(await eventually { held.count { !$0.isEnded } <= 5 })
            #expect(
                await eventually {
                    let drops = await listening.drops.all.filter { $0.key.reason.hasPrefix("strangers.") }
                    return drops.values.reduce(0, +) > 50
                })
            #expect(lines.with(reason: "strangers.turned_away").count == 1)
            #expect(lines.with(reason: "strangers.not_a_member").count == 0)
            let dialling = try service(
                stranger, members: [a.address: .init(host: "127.0.0.1", port: port)], LogLines())
            group.addTask { try await dialling.run() }
            #expect(
                await eventually(within: .seconds(20)) { await listening.drops["link.not_a_member"] > 0 })
            #expect(lines.with(reason: "strangers.not_a_member").count == 1)
            #expect(lines.with(reason: "strangers.turned_away").count == 1)
        }
    }

    @Test("A port that cannot be had again is one line for all tries, and one more when it is")
    func listener() async throws {
        let lines = LogLines()
        let listening = try service(TestKey(), members: [:], lines)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let port = await listening.listeningPort()
            // Another program takes the port while the listener is made anew.
            try await listening.listener?.close().get()
            let thief = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(host: "127.0.0.1", port: port).get()
            #expect(await eventually { await listening.machine.conditions.observations(of: .listener) > 2 })
            let line = try #require(lines.with(reason: "listener.bind").first)
            #expect(line.level == "error")
            #expect(line.message == "our port for links: cannot listen: another program has port \(port)")
            #expect(lines.all.count == 1, "\(lines.all)")
            try await thief.close().get()
            #expect(await eventually { lines.all.count == 2 })
            let last = try #require(lines.all.last)
            #expect(last.level == "notice" && last.fields["failures"].flatMap { Int($0) } ?? 0 > 2)
        }
    }

    @Test("A member that sends more than it may is one line")
    func flood() async throws {
        let (a, b, lines) = (TestKey(), TestKey(), LogLines())
        let listening = try service(
            a, members: [b.address: nil as PeersConfiguration.Endpoint?], lines, messagesPerSecond: 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let dialling = try service(b, members: [a.address: place], LogLines())
            group.addTask { try await dialling.run() }
            #expect(await eventually { await dialling.connected == [a.address] })
            #expect(lines.with(reason: "link.rate").count == 0)
            #expect(
                await eventually {
                    for _ in 0..<20 { _ = await dialling.send([1], .agreement, to: a.address) }
                    return await listening.drops["held.rate"] > 3
                })
            #expect(lines.with(reason: "link.rate").count == 1)
        }
    }
}
