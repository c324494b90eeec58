import Coordination
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Primitives
import Secp256k1
import Synchronization
import TestKit
import Testing

@testable import Peers

/// Links that strangers, members, clocks and cables want to end.
@Suite(.serialized) struct HardWeatherTests {
    /// A date that a test moves.
    private final class MovedClock: Sendable {
        private let date = Mutex(Date())
        var now: Date { date.withLock { $0 } }
        func advance(days: Double) { date.withLock { $0 += days * 86_400 } }
    }

    private func service(
        _ key: TestKey, members: [EthereumAddress: PeersConfiguration.Endpoint?], messagesPerSecond: Double = 1_000,
        clock: @escaping @Sendable () -> Date = { Date() }
    ) throws -> PeerService {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try PeerService(
            configuration: PeersConfiguration(
                listen: .init(host: "127.0.0.1", port: 0), members: Set(members.keys),
                bootstrap: members.compactMapValues(\.self), messagesPerSecond: messagesPerSecond),
            me: key.address, logger: logger, clock: clock,
            certificate: { try PeerCertificate(operatorKey: key.value, now: $0) },
            hello: { Self.hello })
    }

    private static let hello = Hello(
        chainID: 1, bridge: .zero, profile: ProtocolProfile.mainnet.digest,
        bootNonce: Bytes(repeating: 1, count: 16), clock: 0, build: "test")

    private let nowhere: PeersConfiguration.Endpoint? = nil

    private func endpoint(_ service: PeerService) async -> PeersConfiguration.Endpoint {
        .init(host: "127.0.0.1", port: await service.listeningPort())
    }

    @Test("A stranger that holds 2,000 connections is closed but for five, members' links stand, and a new one is made")
    func holding() async throws {
        RawConnection.allow(descriptors: 8_192)
        let (a, b, c) = (TestKey(), TestKey(), TestKey())
        let late = try service(c, members: [a.address: nowhere])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await late.run() }
            let listening = try service(a, members: [b.address: nowhere, c.address: await endpoint(late)])
            group.addTask { try await listening.run() }
            let dialling = try service(b, members: [a.address: await endpoint(listening)])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await listening.connected.isSuperset(of: [b.address]) })
            let port = await listening.listeningPort()
            var held: [RawConnection] = []
            for _ in 0..<2_000 { if let connection = RawConnection(port: port) { held.append(connection) } }
            #expect(held.count == 2_000)
            #expect(await eventually { held.count { !$0.isEnded } <= 5 }, "all but five are closed at once")
            #expect(await listening.machine.waiting <= 5)
            #expect(await eventually { await listening.connected == [b.address, c.address] })
            #expect(await eventually(within: .seconds(15)) { held.allSatisfy(\.isEnded) }, "five seconds for five")
            #expect(await eventually { await listening.machine.waiting == 0 })
            let turnedAway = await listening.drops.all.filter { $0.key.reason.hasPrefix("strangers.") }
            #expect(turnedAway.values.reduce(0, +) > 1_900)
            #expect(await listening.connected == [b.address, c.address])
        }
    }

    @Test("Strangers that hold every place of an address keep a member out no longer than its own proof takes")
    func holdingAnAddress() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nowhere])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let port = await listening.listeningPort()
            let held = (0..<5).compactMap { _ in RawConnection(port: port) }
            #expect(await eventually { await listening.machine.waiting == 5 })
            let dialling = try service(b, members: [a.address: await endpoint(listening)])
            group.addTask { try await dialling.run() }
            #expect(await eventually(within: .seconds(3)) { await listening.connected == [b.address] })
            #expect(await eventually { held.count(where: \.isEnded) == 1 }, "the one that gave way, and no other")
            #expect(await listening.drops["strangers.gave_way"] == 1)
        }
    }

    @Test("Connections that end at once, are reset, or send rubbish 1,000 times end nothing but themselves")
    func knocking() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nowhere])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let dialling = try service(b, members: [a.address: await endpoint(listening)])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await listening.connected == [b.address] })
            let port = await listening.listeningPort()
            let standing = await listening.machine.begun
            for turn in 0..<1_000 {
                let knock = try #require(RawConnection(port: port))
                if turn % 3 == 1 { knock.resetAtEnd() }
                if turn % 3 == 2 { knock.send([UInt8](repeating: UInt8(turn & 255), count: 100)) }
                // Slow enough that many are let in, and their pipelines made while they end.
                if turn.isMultiple(of: 10) { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(await eventually { await listening.machine.waiting == 0 })
            #expect(await listening.machine.begun == standing, "nobody got as far as a link")
            #expect(await dialling.send([1], .agreement, to: a.address))
            #expect(await listening.connected == [b.address])
        }
    }

    @Test("Making a link of a channel that is closed already fails, and leaves no promise behind")
    func closedChannel() async throws {
        let credentials = try LinkCredentials(
            PeerCertificate(operatorKey: TestKey().value, now: Date()), now: Date())
        for isServer in [true, false] {
            let channel = NIOAsyncTestingChannel()
            try await channel.close()
            await #expect(throws: (any Error).self) {
                try await channel.testingEventLoop.flatSubmit {
                    LinkChannel.make(
                        channel, context: isServer ? credentials.server : credentials.client, isServer: isServer,
                        expected: nil, clock: { Date() })
                }.get()
            }
        }
    }

    @Test("A listener that breaks is made anew on the same port, and members find it")
    func listener() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nowhere])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = await endpoint(listening)
            await listening.listener?.pipeline.fireErrorCaught(IOError(errnoCode: EPROTO, reason: "accept"))
            try await listening.listener?.close().get()
            let dialling = try service(b, members: [a.address: place])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await listening.connected == [b.address] })
        }
    }

    @Test("After 31 days new links can be made, and the standing ones stand: the certificate is renewed each week")
    func certificates() async throws {
        let (a, b, c) = (TestKey(), TestKey(), TestKey())
        let clock = MovedClock()
        let listening = try service(a, members: [b.address: nowhere, c.address: nowhere], clock: { clock.now })
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = await endpoint(listening)
            let early = try service(b, members: [a.address: place], clock: { clock.now })
            group.addTask { try await early.run() }
            #expect(await eventually { await listening.connected == [b.address] })
            let links = await listening.machine.begun
            clock.advance(days: 31)
            let late = try service(c, members: [a.address: place], clock: { clock.now })
            group.addTask { try await late.run() }
            #expect(await eventually { await listening.connected == [b.address, c.address] })
            #expect(await listening.machine.begun == links + 1, "the first link stood all the time")
            // A member whose clock is ten days behind does not know our new certificate's date yet, and is told.
            let behind = MovedClock()
            behind.advance(days: 21)
            #expect(PeerCertificate.verifyFails(try PeerCertificate(operatorKey: a.value, now: clock.now), behind.now))
        }
    }

    @Test("A new certificate is due after a week, and when the clock went back by more than an hour")
    func renewal() throws {
        let now = Date()
        let made = try LinkCredentials(PeerCertificate(operatorKey: TestKey().value, now: now), now: now)
        #expect(!made.isRenewalDue(at: now) && !made.isRenewalDue(at: now + 6.9 * 86_400))
        #expect(made.isRenewalDue(at: now + 7 * 86_400))
        #expect(!made.isRenewalDue(at: now - 3_000) && made.isRenewalDue(at: now - 4_000))
    }

    @Test("With all sockets torn every second the members are linked most of the time, and every message arrives")
    func torn() async throws {
        let (a, b) = (TestKey(), TestKey())
        let proxy = TearingProxy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await proxy.run() }
            let listening = try service(a, members: [b.address: nowhere])
            group.addTask { try await listening.run() }
            await proxy.lead(to: await listening.listeningPort())
            let dialling = try service(
                b, members: [a.address: .init(host: "127.0.0.1", port: await proxy.listeningPort())])
            group.addTask { try await dialling.run() }
            let arrived = Mutex<Set<UInt64>>([])
            group.addTask {
                for await event in listening.incoming {
                    guard case .frame(let frameClass, let bytes, let peer) = event else { continue }
                    arrived.withLock { _ = $0.insert(bytes.reduce(0) { $0 << 8 | UInt64($1) }) }
                    await listening.taken(frameClass, from: peer)
                }
            }
            // What the node does: each message is put on the link until it is told to have arrived.
            let waiting = Mutex<Set<UInt64>>([])
            group.addTask {
                for await event in dialling.incoming {
                    switch event {
                    case .up(let peer):
                        for number in waiting.withLock({ $0.sorted() }) {
                            _ = await dialling.send(
                                withUnsafeBytes(of: number.bigEndian) { Bytes($0) }, .signing, to: peer,
                                receipt: number)
                        }
                    case .delivered(let numbers, _): waiting.withLock { $0.subtract(numbers) }
                    case .down, .frame: break
                    }
                }
            }
            #expect(await eventually { await dialling.connected == [a.address] })
            var linked = 0
            for number in UInt64(1)...400 {
                waiting.withLock { _ = $0.insert(number) }
                _ = await dialling.send(
                    withUnsafeBytes(of: number.bigEndian) { Bytes($0) }, .signing, to: a.address, receipt: number)
                if await dialling.connected == [a.address] { linked += 1 }
                try await Task.sleep(for: .milliseconds(20))
                // Some links stand a second and a half, some end before they stood.
                if number.isMultiple(of: 75) { await proxy.tear() }
            }
            #expect(await proxy.torn >= 4)
            #expect(linked > 300, "linked \(linked) of 400 times")
            #expect(await eventually { arrived.withLock { $0.count } == 400 })
            #expect(await eventually { waiting.withLock { $0.isEmpty } })
        }
    }

    @Test(
        "A member that reads nothing is closed when too many answers wait for it, and its connection ends soon after",
        arguments: [ControlMessage.ping(0, sent: 0), .pong(.max, sent: 0, heard: 0, answered: 0)])
    func notReading(message: ControlMessage) async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nowhere], messagesPerSecond: 1_000_000)
        await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let port = await listening.listeningPort()
            group.addTask {
                // Where answers to pings that were never sent free places, news would pile up too.
                while !Task.isCancelled {
                    _ = await listening.send(Bytes(repeating: 1, count: 4_000), .signing, to: b.address)
                    try await Task.sleep(for: .microseconds(200))
                }
            }
            await #expect(throws: (any Error).self, "the connection ends") {
                try await Self.sayWithoutReading(message, port, b, to: a.address)
            }
            #expect(await listening.drops["link.not_read"] == 1)
            #expect(await listening.connected.isEmpty)
        }
    }

    @Test("A member that sends rubbish and reads nothing is closed all the same")
    func rubbishWithoutReading() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nowhere], messagesPerSecond: 1_000_000)
        await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let port = await listening.listeningPort()
            group.addTask {
                // More than the sockets hold, so that the goodbye cannot leave.
                while !Task.isCancelled {
                    _ = await listening.send(Bytes(repeating: 1, count: 100_000), .signing, to: b.address)
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            group.addTask {
                guard
                    await eventually({
                        await listening.drops["queue_full"] > 0
                    })
                else { return }
                for _ in 0..<10 { await listening.malformed(from: b.address) }
                #expect(await listening.connected.isEmpty, "at once")
            }
            await #expect(throws: (any Error).self, "the connection ends") {
                try await Self.sayWithoutReading(.hello(Self.hello), port, b, to: a.address, every: .milliseconds(10))
            }
            #expect(await listening.drops["link.malformed_frames"] == 1)
        }
    }

    /// Links as a member that reads next to nothing and says the same thing again and again, until that fails.
    private static func sayWithoutReading(
        _ message: ControlMessage, _ port: Int, _ key: TestKey, to peer: EthereumAddress, every pause: Duration = .zero
    ) async throws {
        let credentials = try LinkCredentials(
            PeerCertificate(operatorKey: key.value, now: Date()), now: Date())
        let link = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .connect(host: "127.0.0.1", port: port) { channel in
                LinkChannel.make(
                    channel, context: credentials.client, isServer: false, expected: peer, clock: { Date() })
            }
        try await link.frames.executeThenClose { _, outbound in
            _ = try await link.proven()
            try await outbound.write(Frame(.control, ControlMessage.hello(Self.hello).encoded))
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                try await outbound.write(Frame(.control, message.encoded))
                if pause > .zero { try await Task.sleep(for: pause) }
            }
        }
    }

    @Test("A member that links anew for each burst gets the rate of one link")
    func relinking() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nowhere], messagesPerSecond: 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = await endpoint(listening)
            let arrived = Mutex(0)
            group.addTask {
                for await event in listening.incoming {
                    guard case .frame(let frameClass, _, let peer) = event else { continue }
                    arrived.withLock { $0 += 1 }
                    await listening.taken(frameClass, from: peer)
                }
            }
            let start = ContinuousClock.now
            // Each boot of the hostile member begins a link of its own, which replaces the one before.
            for _ in 0..<8 {
                let hostile = try service(b, members: [a.address: place])
                try await withThrowingTaskGroup(of: Void.self) { boot in
                    boot.addTask { try await hostile.run() }
                    if await eventually(within: .seconds(3), { await hostile.connected == [a.address] }) {
                        for _ in 0..<100 { _ = await hostile.send([1], .signing, to: a.address) }
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    boot.cancelAll()
                }
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let count = arrived.withLock { $0 }
            #expect(count > 0 && Double(count) <= 20 + 5 * seconds + 1, "\(count) in \(seconds) s")
        }
    }
}

extension PeerCertificate {
    fileprivate static func verifyFails(_ certificate: PeerCertificate, _ now: Date) -> Bool {
        do throws(CertificateFailure) {
            _ = try verify(der: certificate.der, now: now)
            return false
        } catch {
            return error == .expired
        }
    }
}
