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
import ThresholdSigning
import WalletActions

/// The shell around the machine: what it commits, and when.
@Suite(.serialized) struct NodeServiceTests {
    /// Chains that answer nothing; of blocks they tell what the test does.
    private struct SilentChains: HostChain, BitcoinChain {
        let events: AsyncStream<HeadEvent>
        func heads() -> AsyncStream<HeadEvent> { events }
        func answer(_ queries: [HostQuery]) async -> [ChainAnswer] { queries.map { _ in .unavailable(.silent) } }
        func answer(_ queries: [BitcoinQuery]) async -> [ChainAnswer] { queries.map { _ in .unavailable(.silent) } }
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
                listen: .init(host: "127.0.0.1", port: 0), members: Set(members.keys),
                bootstrap: members.compactMapValues(\.self), messagesPerSecond: 100_000),
            me: key.address, logger: Self.logger,
            certificate: { try PeerCertificate(operatorKey: key.value, now: $0) },
            hello: {
                Hello(
                    chainID: 1, bridge: .zero, profile: ProtocolProfile.devnet.digest, bootNonce: Self.bootNonce,
                    clock: 0, build: "test")
            })
    }

    /// Draws from a counter: a wallet that is the same in every run.
    private struct Counted: SecureRandom {
        var next: UInt64 = 0

        mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
            for place in buffer.indices {
                next += 1
                buffer[place] = sha256(Bytes("\(next)".utf8)).bytes[0]
            }
        }
    }

    /// A wallet of two operators with a seat each.
    private func wallet(_ mine: TestKey, _ theirs: TestKey) throws -> HeldWallet {
        var random = Counted()
        let dealt = try DealtGroup(threshold: 2, seats: 2, random: &random)
        let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
        let group = try SigningGroup(
            wallet: identity.hash, seats: [mine.address, theirs.address], threshold: 2)
        var shares: [HeldShare] = []
        for seat in group.seats(of: mine.address) { shares.append(HeldShare(try dealt.share(of: seat))) }
        return HeldWallet(identity: identity, group: group, key: dealt.key, shares: shares)
    }

    private func node(
        _ mine: TestKey, _ theirs: TestKey, store: any Store, peers: PeerService,
        heads: AsyncStream<HeadEvent> = AsyncStream { _ in },
        clocks: @escaping @Sendable (Bool) -> ClockWatch.Reading = SystemClocks.read,
        logger: Logger = NodeServiceTests.logger, wallets: WalletWatch? = nil
    ) async throws -> NodeService {
        NodeService(
            configuration: NodeConfiguration(
                me: mine.address, chainID: 1, profiles: try ProfileSchedule(first: .devnet),
                wallets: [try wallet(mine, theirs)], finalDepth: 4, blockMilliseconds: 12_000,
                bootNonce: Self.bootNonce, build: "test"),
            signatures: Signatures(key: mine), start: try await store.start(), host: SilentChains(events: heads),
            bitcoin: SilentChains(events: heads), store: store,
            peers: peers, statusSeconds: 3_600, drainSeconds: 0, watch: PauseWatch(clocks: clocks),
            wallets: wallets
                ?? WalletWatch(
                    folder: URL(fileURLWithPath: "/nowhere"), held: [], logger: logger,
                    load: { (file) throws(WalletFile.Failure) in throw .unreadable(file, "it is not there") }),
            logger: logger, settle: .zero)
    }

    private func store() throws -> LedgerStore {
        let path = FileManager.default.temporaryDirectory.appending(component: "coord-\(UUID().uuidString).db").path
        return try LedgerStore(path: path, anchor: path + ".anchor", journalBlocks: 192)
    }

    /// The status of a member, as it signs it; with another number each time it is news.
    private func status(_ counter: UInt64, of key: TestKey) throws -> Bytes {
        let status = Status(
            hostBlock: BlockNumber(0), counter: counter,
            settled: BlockReference(number: BlockNumber(0), hash: .zero),
            bitcoinHeight: 0, bootNonce: Self.bootNonce, draining: false, build: "test", reachable: [], idle: [],
            withheld: [])
        let domain = Domain(chainID: 1, profile: .devnet)
        return Envelope(
            Envelope.Content(
                domain: domain, wallet: .none, coordinationBlock: BlockNumber(0), seat: .none, kind: .status,
                payload: status.encoded), sign: { key.value.signRecoverable($0.signingHash) }
        ).encoded
    }

    /// Sends news as fast as it is taken.
    private func flood(_ peers: PeerService, _ key: TestKey, to other: TestKey) async throws {
        var counter: UInt64 = 1
        while !Task.isCancelled {
            if await peers.send(try status(counter, of: key), .status, to: other.address) {
                counter += 1
            } else {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    /// Runs a node and a member that dials it, as long as the work takes.
    private func whileRunning(
        _ service: NodeService, _ listening: PeerService, of mine: TestKey, with theirs: TestKey,
        _ work: (PeerService, inout ThrowingTaskGroup<Void, any Error>) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            group.addTask { try await service.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let dialling = try peers(theirs, members: [mine.address: place])
            group.addTask { try await dialling.run() }
            try await work(dialling, &group)
        }
    }

    /// Runs a node whose member floods it with news, as long as the work takes.
    private func whileRunning(
        _ service: NodeService, _ listening: PeerService, flooding mine: TestKey, by theirs: TestKey,
        _ work: () async throws -> Void
    ) async throws {
        try await whileRunning(service, listening, of: mine, with: theirs) { dialling, group in
            group.addTask { try await flood(dialling, theirs, to: mine) }
            try await work()
        }
    }

    /// The first frame that a member hears.
    private func firstFrame(of peers: PeerService) async -> Bytes? {
        for await event in peers.incoming { if case .frame(_, let bytes, _) = event { return bytes } }
        return nil
    }

    @Test("A node that hears of no block and is flooded with news writes its journal down whenever 512 lines wait")
    func flood() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let store = try store()
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let service = try await node(mine, theirs, store: store, peers: listening)
        try await whileRunning(service, listening, flooding: mine, by: theirs) {
            var lines: [JournalEntry] = []
            #expect(
                try await eventually(within: .seconds(90)) {
                    lines = try await store.journal(from: BlockNumber(0))
                    return lines.count > 2 * 512
                })
            let steps = try lines.map { try JournalStep(decoding: $0.body) }
            let received = steps.count { step in
                if case .told(.received(_, from: theirs.address)) = step { true } else { false }
            }
            #expect(received > 512)
            #expect(try await store.entries(from: 1).count == 1, "nothing but the start is an event")
        }
    }

    @Test("What a member sends at full speed and nobody signed is no line of the journal; rubbish closes its link")
    func unsigned() async throws {
        let (mine, theirs, stranger) = (TestKey(), TestKey(), TestKey())
        let store = try store()
        let (heads, tell) = AsyncStream.makeStream(of: HeadEvent.self)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let service = try await node(mine, theirs, store: store, peers: listening, heads: heads)
        try await whileRunning(service, listening, of: mine, with: theirs) { hostile, _ in
            #expect(await eventually { await listening.connected == [theirs.address] })
            let forged = try status(1, of: stranger)
            for _ in 0..<20_000 {
                if await !hostile.send(forged, .status, to: mine.address) { await Task.yield() }
            }
            let honest = try status(2, of: theirs)
            #expect(await eventually { await hostile.send(honest, .status, to: mine.address) })
            // What is in the journal goes to the store with the next block.
            tell.yield(
                .block(HostBlock(number: BlockNumber(1), hash: .zero, parentHash: .zero, timestamp: UnixTime(0))))
            var received: [Bytes] = []
            #expect(
                try await eventually {
                    tell.yield(
                        .reorganised(
                            ancestor: HostBlock(
                                number: BlockNumber(1), hash: .zero, parentHash: .zero, timestamp: UnixTime(0)),
                            depth: 1))
                    received = try await store.journal(from: BlockNumber(0)).compactMap { line in
                        guard case .told(.received(let bytes, _)) = try JournalStep(decoding: line.body) else {
                            return nil
                        }
                        return bytes
                    }
                    return !received.isEmpty
                })
            #expect(received == [honest])
            for byte in UInt8(0)..<40 { _ = await hostile.send([byte], .agreement, to: mine.address) }
            #expect(await eventually { await listening.drops["link.malformed_frames"] > 0 })
            #expect(await listening.connected.isEmpty, "closed for ten minutes")
        }
    }

    @Test("A message waits in the outbox until its recipient has it; the next transaction says that it has")
    func outbox() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let store = try store()
        let message = OutboxMessage(
            recipients: [theirs.address], kind: .verdict, envelope: [7, 7], intent: nil, expiry: BlockNumber(100))
        var transaction = LedgerTransaction(cursor: BlockReference(number: BlockNumber(0), hash: .zero))
        transaction.outbox = [message]
        _ = try await store.commit(transaction)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let (heads, tell) = AsyncStream.makeStream(of: HeadEvent.self)
        let service = try await node(mine, theirs, store: store, peers: listening, heads: heads)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            group.addTask { try await service.run() }
            #expect(try await store.start().waiting.count == 1)
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let dialling = try peers(theirs, members: [mine.address: place])
            group.addTask { try await dialling.run() }
            #expect(await firstFrame(of: dialling) == [7, 7])
            // The answer to a ping comes within a second; each block is a transaction.
            var number: UInt64 = 0
            #expect(
                try await eventually {
                    number += 1
                    tell.yield(.block(Self.block(number)))
                    return try await store.start().waiting.isEmpty
                })
        }
    }

    @Test(
        "A message that found every place of its recipient taken goes on when places are free, and waits for no other")
    func fullQueue() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let store = try store()
        var transaction = LedgerTransaction(cursor: BlockReference(number: BlockNumber(0), hash: .zero))
        transaction.outbox = [
            OutboxMessage(
                recipients: [theirs.address], kind: .verdict, envelope: [7, 7], intent: nil, expiry: BlockNumber(100))
        ]
        _ = try await store.commit(transaction)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let service = try await node(mine, theirs, store: store, peers: listening)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listening.run() }
            let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: await listening.listeningPort())
            let dialling = try peers(theirs, members: [mine.address: place])
            group.addTask { try await dialling.run() }
            #expect(await eventually { await listening.connected == [theirs.address] })
            // Echoes, of which nobody wants to hear that they arrived; their recipient stands still.
            let echoes = {
                while await listening.send([1], .agreement, to: theirs.address) {}
                return await listening.drops["queue_full"]
            }
            _ = await echoes()
            #expect(await eventually { await dialling.drops["held.queue_full"] > 0 })
            let refused = await echoes()
            group.addTask { try await service.run() }
            #expect(await eventually { await listening.drops["queue_full"] > refused })
            let hasArrived = Mutex(false)
            group.addTask {
                for await case .frame(let frameClass, let bytes, let peer) in dialling.incoming {
                    if bytes == [7, 7] { hasArrived.withLock { $0 = true } }
                    await dialling.taken(frameClass, from: peer)
                }
            }
            #expect(await eventually { hasArrived.withLock { $0 } })
        }
    }

    /// A store in which block 1 finds another content for the purpose of a message.
    private struct RefusingStore: Store {
        let inner: LedgerStore
        let refused: OutboxMessage

        func commit(_ transaction: LedgerTransaction) async throws(StoreFailure) -> CommitResult {
            let result = try await inner.commit(transaction)
            let isFirst = transaction.cursor.number == BlockNumber(1) && transaction.events.isEmpty
            return CommitResult(rows: result.rows, refused: isFirst ? [refused] : [])
        }
        func start() async throws(StoreFailure) -> LedgerStart { try await inner.start() }
    }

    @Test("What waits of a halted wallet goes out no more, and what waits behind it does")
    func silenced() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let store = try store()
        let wallet = try wallet(mine, theirs).identity.hash
        let envelope = Envelope(
            Envelope.Content(
                domain: Domain(chainID: 1, profile: .devnet), wallet: wallet, coordinationBlock: BlockNumber(24),
                seat: SeatNumber(1), kind: .verdict, payload: [1]),
            sign: { mine.value.signRecoverable($0.signingHash) }
        ).encoded
        var transaction = LedgerTransaction(cursor: BlockReference(number: BlockNumber(0), hash: .zero))
        transaction.events = [.halted(wallet, reason: "duplicate_identity")]
        transaction.outbox = [envelope, [7, 7]].map {
            OutboxMessage(
                recipients: [theirs.address], kind: .verdict, envelope: $0, intent: nil, expiry: BlockNumber(100))
        }
        _ = try await store.commit(transaction)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let service = try await node(mine, theirs, store: store, peers: listening)
        try await whileRunning(service, listening, of: mine, with: theirs) { dialling, _ in
            #expect(await firstFrame(of: dialling) == [7, 7])
        }
    }

    @Test("A volatile message whose purpose has another content on disk halts its wallet, and the node goes on")
    func refusedIntent() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let store = try store()
        let wallet = try wallet(mine, theirs).identity.hash
        let envelope = Envelope(
            Envelope.Content(
                domain: Domain(chainID: 1, profile: .devnet), wallet: wallet, coordinationBlock: BlockNumber(24),
                seat: SeatNumber(1), kind: .frostShares, payload: [1]),
            sign: { mine.value.signRecoverable($0.signingHash) }
        ).encoded
        let message = OutboxMessage(
            recipients: [theirs.address], kind: .frostShares, envelope: envelope, intent: nil, expiry: BlockNumber(100))
        let (heads, tell) = AsyncStream.makeStream(of: HeadEvent.self)
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let service = try await node(
            mine, theirs, store: RefusingStore(inner: store, refused: message), peers: listening, heads: heads)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await service.run() }
            for number in UInt64(1)...2 {
                tell.yield(
                    .block(
                        HostBlock(
                            number: BlockNumber(number), hash: sha256([UInt8(number)]),
                            parentHash: number == 1 ? .zero : sha256([1]), timestamp: UnixTime(number))))
            }
            #expect(try await eventually { try await store.start().cursor?.number == BlockNumber(2) })
            let events = try await store.entries(from: 1).map { try LedgerEvent(decoding: $0.body) }
            #expect(events.contains(.halted(wallet, reason: "intent_conflict")))
        }
    }

    @Test("A node whose head feeder ends by itself ends with an error that names it")
    func feeder() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let (heads, tell) = AsyncStream.makeStream(of: HeadEvent.self)
        let service = try await node(
            mine, theirs, store: try store(), peers: try peers(mine, members: [:]), heads: heads)
        tell.finish()
        await #expect(throws: NodeFailure.feederEnded("heads of the host chain")) { try await service.run() }
    }

    /// Clocks that a test sets.
    private final class SetClocks: Sendable {
        private let state = Mutex<(ahead: UInt64, reads: Int)>((0, 0))
        var reads: Int { state.withLock { $0.reads } }

        func pause(milliseconds: UInt64) { state.withLock { $0.ahead += milliseconds } }

        func read(withBootID: Bool) -> ClockWatch.Reading {
            let real = SystemClocks.read(withBootID: withBootID)
            let ahead = state.withLock { state in
                state.reads += 1
                return state.ahead
            }
            return ClockWatch.Reading(
                boot: real.boot + ahead, monotonic: real.monotonic + ahead, wall: real.wall + ahead,
                bootID: real.bootID)
        }
    }

    @Test("After a pause the machine is told of it first, before the frames that waited meanwhile")
    func pause() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let store = try store()
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let clocks = SetClocks()
        let service = try await node(
            mine, theirs, store: store, peers: listening, clocks: { clocks.read(withBootID: $0) })
        try await whileRunning(service, listening, flooding: mine, by: theirs) {
            var lines: [JournalEntry] = []
            func count() async throws -> Int {
                lines = try await store.journal(from: BlockNumber(0))
                return lines.count
            }
            #expect(try await eventually(within: .seconds(90)) { try await count() > 512 })
            clocks.pause(milliseconds: 600_000)
            let before = lines.count
            #expect(try await eventually(within: .seconds(90)) { try await count() > before + 1_024 })
            let first = try #require(lines.first { $0.time >= 600_000 })
            #expect(try JournalStep(decoding: first.body).isResumed)
            #expect(try lines.count { try JournalStep(decoding: $0.body).isResumed } == 1)
        }
    }

    /// A store on a disk that stalls as long as the test wants.
    private actor StallingStore: Store {
        private let store: LedgerStore
        private let member: EthereumAddress?
        private var isStalled = false
        private var waiting: CheckedContinuation<Void, Never>?

        /// To a member, each block brings a share, and a vote after it; both are the block's number.
        init(_ store: LedgerStore, toMember member: EthereumAddress? = nil) {
            (self.store, self.member) = (store, member)
        }

        var holdsCommit: Bool { waiting != nil }

        func stall() { isStalled = true }

        func goOn() {
            isStalled = false
            waiting?.resume()
            waiting = nil
        }

        func commit(_ transaction: LedgerTransaction) async throws(StoreFailure) -> CommitResult {
            if isStalled { await withCheckedContinuation { waiting = $0 } }
            var transaction = transaction
            if let member, transaction.cursor.number > BlockNumber(0), transaction.events.isEmpty {
                transaction.outbox = [MessageKind.frostShares, .verdict].map { kind in
                    OutboxMessage(
                        recipients: [member], kind: kind, envelope: [UInt8(transaction.cursor.number.rawValue)],
                        intent: nil, expiry: BlockNumber(100))
                }
            }
            return try await store.commit(transaction)
        }

        func start() async throws(StoreFailure) -> LedgerStart { try await store.start() }
    }

    private static func block(_ number: UInt64) -> HostBlock {
        HostBlock(
            number: BlockNumber(number), hash: sha256(Bytes("\(number)".utf8)), parentHash: .zero,
            timestamp: UnixTime(0))
    }

    @Test("A commit that takes longer than ten seconds is no pause of the machine: nonces are kept")
    func slowCommit() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let ledger = try store()
        let store = StallingStore(ledger)
        let (heads, tell) = AsyncStream.makeStream(of: HeadEvent.self)
        let clocks = SetClocks()
        let service = try await node(
            mine, theirs, store: store, peers: try peers(mine, members: [:]), heads: heads,
            clocks: { clocks.read(withBootID: $0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await service.run() }
            #expect(try await eventually { try await ledger.entries(from: 1).count == 1 })
            await store.stall()
            tell.yield(.block(Self.block(1)))
            #expect(await eventually { await store.holdsCommit })
            for _ in 0..<4 {
                clocks.pause(milliseconds: 5_000)
                let reads = clocks.reads
                #expect(await eventually(within: .seconds(10)) { clocks.reads > reads }, "the clocks are looked at")
            }
            await store.goOn()
            tell.yield(.block(Self.block(2)))
            var lines: [JournalEntry] = []
            #expect(
                try await eventually {
                    lines = try await ledger.journal(from: BlockNumber(0))
                    return lines.contains { $0.block == BlockNumber(2) }
                })
            let steps = try lines.map { try JournalStep(decoding: $0.body) }
            #expect(!steps.contains { $0.isResumed })
        }
    }

    @Test("A share does not leave when its commit took more than ten seconds, or the machine paused in it; a vote does")
    func lateShare() async throws {
        let (mine, theirs) = (TestKey(), TestKey())
        let ledger = try store()
        let store = StallingStore(ledger, toMember: theirs.address)
        let (heads, tell) = AsyncStream.makeStream(of: HeadEvent.self)
        let clocks = SetClocks()
        let listening = try peers(mine, members: [theirs.address: nil as PeersConfiguration.Endpoint?])
        let lines = LogLines()
        let service = try await node(
            mine, theirs, store: store, peers: listening, heads: heads, clocks: { clocks.read(withBootID: $0) },
            logger: lines.logger)
        try await whileRunning(service, listening, of: mine, with: theirs) { dialling, group in
            let arrived = Mutex<[FrameClass: [UInt8]]>([:])
            group.addTask {
                for await case .frame(let frameClass, let bytes, let peer) in dialling.incoming {
                    // A vote may come twice, over each of two links.
                    if bytes.count == 1 {
                        arrived.withLock {
                            if $0[frameClass]?.last != bytes.last { $0[frameClass, default: []] += bytes }
                        }
                    }
                    await dialling.taken(frameClass, from: peer)
                }
            }
            #expect(await eventually { await listening.connected == [theirs.address] })
            // The commit of each block stalls while the machine's clocks go on by these steps.
            let steps: [[UInt64]] = [[5_000], [5_000, 5_000, 5_000], [], [600_000], []]
            for (number, steps) in zip(UInt8(1)..., steps) {
                await store.stall()
                tell.yield(.block(Self.block(UInt64(number))))
                #expect(await eventually { await store.holdsCommit })
                for step in steps {
                    clocks.pause(milliseconds: step)
                    let reads = clocks.reads
                    #expect(await eventually(within: .seconds(10)) { clocks.reads > reads }, "the clocks are looked at")
                }
                await store.goOn()
                #expect(await eventually { arrived.withLock { $0[.agreement]?.last == number } })
            }
            #expect(arrived.withLock { $0 } == [.signing: [1, 3, 5], .agreement: [1, 2, 3, 4, 5]])
            // Each of the two spells is one line, and one more when a commit was in time again.
            let told = lines.all.filter { $0.message.hasPrefix("the ledger's disk: ") }
            #expect(told.map { $0.fields["reason"] } == ["store.late_commit", nil, "store.late_commit", nil])
            #expect(told.map(\.level) == ["warning", "notice", "warning", "notice"])
        }
    }
}

extension JournalStep {
    fileprivate var isResumed: Bool { if case .told(.resumed) = self { true } else { false } }
}
