import Bitcoin
import Coordination
import Daemon
import Foundation
import Ledger
import Logging
import Node
import Peers
import Primitives
import Secp256k1
import Synchronization
import TestKit
import Testing
import WalletActions

/// The shell around the machine: what it commits, and when.
@Suite(.serialized) struct NodeServiceTests {
    /// Chains that say nothing, and never tell of a block.
    private struct SilentChains: HostChain, BitcoinChain {
        func heads() -> AsyncStream<HeadEvent> { AsyncStream { _ in } }
        func answer(_ query: HostQuery) async -> ChainAnswer { .unavailable(.silent) }
        func answer(_ query: BitcoinQuery) async -> ChainAnswer { .unavailable(.silent) }
        func broadcast(_ transaction: Transaction) async -> BroadcastResult { .unknown }
    }

    private struct Signatures: OperatorSignatures {
        let key: TestKey
        func sign(_ content: Envelope.Content) -> RecoverableSignature {
            key.value.signRecoverable(content.signingHash)
        }
        func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? { envelope.signer(in: domain) }
    }

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private static let bootNonce = Bytes(repeating: 1, count: 16)

    private func peers(_ key: TestKey, members: [EthereumAddress: PeersConfiguration.Endpoint?]) throws -> PeerService {
        try PeerService(
            configuration: PeersConfiguration(
                listen: .init(host: "127.0.0.1", port: 0), members: members, messagesPerSecond: 100_000),
            operatorKey: key.value, logger: Self.logger
        ) {
            Hello(
                chainID: 1, bridge: .zero, profile: ProtocolProfile.devnet.digest, bootNonce: Self.bootNonce, clock: 0,
                build: "test")
        }
    }

    @Test("A node that hears of no block and is flooded writes its journal down whenever 512 lines wait")
    func flood() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let path = FileManager.default.temporaryDirectory.appending(component: "coord-\(UUID().uuidString).db").path
        let store = try LedgerStore(path: path, journalBlocks: 192)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let service = NodeService(
            configuration: NodeConfiguration(
                me: mine.address, chainID: 1, profiles: try ProfileSchedule(first: .devnet), wallets: [], finalDepth: 4,
                blockMilliseconds: 12_000, bootNonce: Self.bootNonce, build: "test"),
            signatures: Signatures(key: mine), ledger: LedgerState(), waiting: [], cursor: nil, host: SilentChains(),
            bitcoin: SilentChains(), store: store, peers: listening, statusSeconds: 3_600, drainSeconds: 0,
            clocks: SystemClocks.read, logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            group.addTask { try await service.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let flooding = try peers(theirs, members: [mine.address: place])
            group.addTask { try await flooding.run() }
            group.addTask {
                while !Task.isCancelled {
                    _ = await flooding.send([1, 2, 3], .agreement, to: mine.address)
                    await Task.yield()
                }
            }
            var lines: [JournalEntry] = []
            #expect(
                try await eventually {
                    lines = try await store.journal(from: BlockNumber(0))
                    return lines.count > 2 * 512
                })
            // The first line, the start of the process, has a commit of its own; each input here is one line.
            #expect((lines.count - 1).isMultiple(of: 512))
            let steps = try lines.map { try JournalStep(decoding: $0.body) }
            let received = steps.count { step in
                if case .told(.received([1, 2, 3], from: theirs.address)) = step { true } else { false }
            }
            #expect(received > 512)
            #expect(try await store.entries(from: 1).count == 1, "nothing but the start is an event")
        }
    }

    /// Clocks that a test sets.
    private final class SetClocks: Sendable {
        private let ahead = Mutex<UInt64>(0)

        func pause(milliseconds: UInt64) { ahead.withLock { $0 += milliseconds } }

        func read() -> ClockWatch.Reading {
            let (real, ahead) = (SystemClocks.read(), ahead.withLock { $0 })
            return ClockWatch.Reading(
                boot: real.boot + ahead, monotonic: real.monotonic + ahead, wall: real.wall + ahead,
                bootID: real.bootID)
        }
    }

    @Test("After a pause the machine is told of it first, before the frames that waited meanwhile")
    func pause() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let path = FileManager.default.temporaryDirectory.appending(component: "coord-\(UUID().uuidString).db").path
        let store = try LedgerStore(path: path, journalBlocks: 192)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let clocks = SetClocks()
        let service = NodeService(
            configuration: NodeConfiguration(
                me: mine.address, chainID: 1, profiles: try ProfileSchedule(first: .devnet), wallets: [], finalDepth: 4,
                blockMilliseconds: 12_000, bootNonce: Self.bootNonce, build: "test"),
            signatures: Signatures(key: mine), ledger: LedgerState(), waiting: [], cursor: nil, host: SilentChains(),
            bitcoin: SilentChains(), store: store, peers: listening, statusSeconds: 3_600, drainSeconds: 0,
            clocks: { clocks.read() }, logger: Self.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            group.addTask { try await service.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let flooding = try peers(theirs, members: [mine.address: place])
            group.addTask { try await flooding.run() }
            group.addTask {
                while !Task.isCancelled {
                    _ = await flooding.send([1, 2, 3], .agreement, to: mine.address)
                    await Task.yield()
                }
            }
            var lines: [JournalEntry] = []
            func count() async throws -> Int {
                lines = try await store.journal(from: BlockNumber(0))
                return lines.count
            }
            #expect(try await eventually { try await count() > 512 })
            clocks.pause(milliseconds: 600_000)
            let before = lines.count
            #expect(try await eventually { try await count() > before + 1_024 })
            let first = try #require(lines.first { $0.time >= 600_000 })
            #expect(try JournalStep(decoding: first.body).isResumed)
            #expect(try lines.count { try JournalStep(decoding: $0.body).isResumed } == 1)
        }
    }
}

extension JournalStep {
    fileprivate var isResumed: Bool { if case .told(.resumed) = self { true } else { false } }
}
