import Coordination
import Foundation
import Logging
import Peers
import Primitives
import Secp256k1
import Synchronization
import TestKit
import Testing

/// Services over real sockets of this machine.
@Suite(.serialized) struct PeerServiceTests {
    private func service(
        _ key: TestKey, members: [EthereumAddress: PeersConfiguration.Endpoint?], port: Int = 0, chainID: UInt64 = 1,
        messagesPerSecond: Double = 1_000, silence: Duration = .seconds(45)
    ) throws -> PeerService {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try PeerService(
            configuration: PeersConfiguration(
                listen: .init(host: "127.0.0.1", port: port), members: Set(members.keys),
                bootstrap: members.compactMapValues(\.self), messagesPerSecond: messagesPerSecond,
                silence: silence),
            me: key.address, logger: logger, certificate: { try PeerCertificate(operatorKey: key.value, now: $0) },
            hello: {
                Hello(
                    chainID: chainID, bridge: .zero, profile: ProtocolProfile.mainnet.digest,
                    bootNonce: Bytes(repeating: 1, count: 16), clock: 0, build: "test")
            })
    }

    /// A port below those that the system gives to the tests beside us, so that none of them takes it meanwhile.
    private static func port() -> Int { Int.random(in: 20_000..<32_000) }

    private func endpoint(_ service: PeerService) async -> PeersConfiguration.Endpoint {
        .init(host: "127.0.0.1", port: await service.listeningPort())
    }

    /// The first frame that a service receives.
    private func firstFrame(of service: PeerService) async -> (Bytes, EthereumAddress)? {
        for await event in service.incoming {
            if case .frame(_, let bytes, let peer) = event { return (bytes, peer) }
        }
        return nil
    }

    @Test("Two members link, whoever dials, and frames go both ways under the proven operator's name")
    func twoMembers() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nil as PeersConfiguration.Endpoint?])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let dialling = try service(b, members: [a.address: await endpoint(listening)])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await listening.connected == [b.address] })
            #expect(await eventually { await dialling.connected == [a.address] })
            #expect(await listening.send([1], .agreement, to: b.address))
            #expect(await dialling.send([2], .signing, to: a.address))
            let (toB, fromA) = try #require(await firstFrame(of: dialling))
            let (toA, fromB) = try #require(await firstFrame(of: listening))
            #expect(toB == [1] && fromA == a.address && toA == [2] && fromB == b.address)
        }
    }

    @Test("Five members form a full mesh although every pair is dialled from both sides")
    func mesh() async throws {
        let keys = (0..<5).map { _ in TestKey() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            // Ports must be known to all before anyone begins.
            var ports: Set<Int> = []
            while ports.count < keys.count { ports.insert(Self.port()) }
            let places = ports.map { PeersConfiguration.Endpoint(host: "127.0.0.1", port: $0) }
            var services: [PeerService] = []
            for (index, key) in keys.enumerated() {
                var members: [EthereumAddress: PeersConfiguration.Endpoint?] = [:]
                for (other, place) in zip(keys, places) where other.address != key.address {
                    members[other.address] = place
                }
                let service = try service(key, members: members, port: places[index].port)
                services.append(service)
                group.addTask { try await service.run() }
            }
            for service in services { #expect(await eventually { await service.connected.count == 4 }) }
        }
    }

    @Test("Who shares no wallet with us is refused with its code, and nothing of it is read")
    func stranger() async throws {
        let (a, stranger) = (TestKey(), TestKey())
        let listening = try service(a, members: [:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let dialling = try service(stranger, members: [a.address: await endpoint(listening)])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await listening.drops["link.not_a_member"] > 0 })
            #expect(await eventually { await dialling.drops["link.not_a_member"] > 0 })
            #expect(await listening.connected.isEmpty)
            #expect(await dialling.connected.isEmpty)
        }
    }

    @Test("A link to another network is refused, and an operator other than the one dialled is not talked to")
    func wrongPeers() async throws {
        let (a, b, c) = (TestKey(), TestKey(), TestKey())
        let listening = try service(
            a,
            members: [b.address: nil as PeersConfiguration.Endpoint?, c.address: nil as PeersConfiguration.Endpoint?])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = await endpoint(listening)
            let foreign = try service(b, members: [a.address: place], chainID: 2)
            let mistaken = try service(c, members: [b.address: place])
            group.addTask { try await foreign.run() }
            group.addTask { try await mistaken.run() }
            #expect(await eventually { await foreign.drops["link.network_mismatch"] > 0 })
            try await Task.sleep(for: .milliseconds(500))
            #expect(await mistaken.connected.isEmpty)
            #expect(await listening.connected.isEmpty)
        }
    }

    @Test("Every frame of a burst beyond the rate is taken, and none is told to have arrived that was not")
    func burst() async throws {
        let (a, b) = (TestKey(), TestKey())
        let listening = try service(a, members: [b.address: nil as PeersConfiguration.Endpoint?], messagesPerSecond: 50)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let dialling = try service(b, members: [a.address: await endpoint(listening)])
            group.addTask { try await dialling.run() }
            let taken = Mutex<[UInt64]>([])
            let told = Mutex<[UInt64]>([])
            group.addTask {
                for await case .frame(let frameClass, let bytes, let peer) in listening.incoming {
                    taken.withLock { $0.append(bytes.reduce(0) { $0 << 8 | UInt64($1) }) }
                    await listening.taken(frameClass, from: peer)
                }
            }
            group.addTask {
                for await case .delivered(let numbers, _) in dialling.incoming { told.withLock { $0 += numbers } }
            }
            #expect(await eventually { await dialling.connected == [a.address] })
            let numbers = (UInt64(1)...320).map { $0 }
            for number in numbers {
                #expect(
                    await dialling.send(
                        withUnsafeBytes(of: number.bigEndian) { Bytes($0) }, .signing, to: a.address, receipt: number))
            }
            #expect(await eventually { told.withLock { $0.count } == numbers.count })
            #expect(taken.withLock { $0 } == numbers)
            #expect(told.withLock { $0 } == numbers)
        }
    }

    @Test("A peer that comes back is dialled again")
    func redial() async throws {
        let (a, b) = (TestKey(), TestKey())
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            let first = try service(
                a, members: [b.address: nil as PeersConfiguration.Endpoint?], port: Self.port())
            let running = Task { try await first.run() }
            let place = await endpoint(first)
            let dialling = try service(b, members: [a.address: place])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await dialling.connected == [a.address] })
            running.cancel()
            _ = try? await running.value
            #expect(await eventually { await dialling.connected.isEmpty })
            let second = try service(a, members: [b.address: nil as PeersConfiguration.Endpoint?], port: place.port)
            group.addTask { try await second.run() }
            #expect(await eventually { await dialling.connected == [a.address] })
        }
    }

    @Test("A port that another program has is told apart from every other failure")
    func takenPort() async throws {
        let first = try service(TestKey(), members: [:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await first.run() }
            let port = await first.listeningPort()
            let second = try service(TestKey(), members: [:], port: port)
            await #expect(throws: PeersFailure.portTaken(port)) { try await second.run() }
            // Who waits for events must not see their end instead of the error.
            let ends = Mutex(false)
            group.addTask {
                for await _ in second.incoming {}
                if !Task.isCancelled { ends.withLock { $0 = true } }
            }
            #expect(await !eventually(within: .milliseconds(300)) { ends.withLock { $0 } })
        }
    }
}
