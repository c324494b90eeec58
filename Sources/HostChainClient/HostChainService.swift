import CurlHTTP
import JSONRPC
package import Logging
package import Node
import Primitives
import ServiceLifecycle
import WalletActions

/// Follows the host chain at one source and answers questions about it.
///
/// The rules are ``HeadFollower``'s and ``EventIndex``'s; this feeds them the source's answers. A new head is told after
/// its logs have been asked for, so that a subscriber finds the index complete up to it; where the logs fail, it is told
/// all the same, for the clock must go on, and the index says that it cannot tell.
package actor HostChainService: HostChain, Service {
    let configuration: HostChainConfiguration
    let rpc: EthereumRPC
    let reader: BridgeReader
    let logger: Logger
    let reports: SourceReports
    private let broadcast = HeadBroadcast()
    let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    private(set) var follower: HeadFollower
    var index: EventIndex
    private var range: RangeSize
    /// Whether the source has shown to be the one expected since it last failed.
    private(set) var isVerified = false
    private var headChanged: ContinuousClock.Instant?
    private(set) var trouble: HostChainTrouble?
    private var recentTrouble: HostChainTrouble?
    private var historyTrouble: HostChainTrouble?

    /// An outage must not outlive itself by more than a block.
    private static let longestWait = Duration.seconds(10)
    /// The most blocks whose logs are asked for at once.
    private static let blocksAtOnce = 50
    /// Seconds that a block may lie in our future before our clock is said to be behind.
    private static let clockTolerance: UInt64 = 2
    private static let head = "host chain"

    /// Describes a client that follows nothing before ``run()``.
    package init(configuration: HostChainConfiguration, rpc: EthereumRPC, logger: Logger) {
        self.configuration = configuration
        self.rpc = rpc
        self.logger = logger
        reports = SourceReports(logger: logger)
        reader = BridgeReader(rpc: rpc, bridge: configuration.bridge, validator: configuration.validator)
        follower = HeadFollower(limits: configuration.following)
        index = configuration.emptyIndex
        start = clock.now
        range = RangeSize(start: configuration.logRange, maximum: configuration.maxRange)
    }

    /// Follows the chain until the service is to stop; throws ``HostChainFailure`` where going on is pointless.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await self.followHead() }
                    group.addTask { try await self.readHistory() }
                    group.addTask { try await self.fillHoles() }
                    // Not `waitForAll`, which would wait for the other one after a failure.
                    for try await _ in group {}
                }
            }
        } catch is CancellationError {}
        // Not after a failure: whoever sees the heads end would be faster than what ended them.
        broadcast.finish()
    }

    package nonisolated func heads() -> AsyncStream<HeadEvent> { broadcast.subscribe() }

    /// How the client is doing.
    package func status() async -> HostChainStatus {
        let head = follower.chain?.last
        return HostChainStatus(
            head: head, headChanged: headChanged, trouble: trouble, indexTrouble: historyTrouble ?? recentTrouble,
            indexIsComplete: head.map { index.isComplete(upTo: $0.number) } ?? false,
            refusals: await rpc.refusals)
    }

    /// The time since the client was made, by the monotonic clock.
    var elapsed: Duration { clock.now - start }

    private func source<Value>(
        _ read: () async throws(RPCFailure) -> Value
    ) async throws(HostChainTrouble) -> Value {
        do {
            return try await read()
        } catch {
            throw .source(error)
        }
    }

    // MARK: Following the head

    private func followHead() async throws {
        var backoff = Backoff(first: configuration.firstWait, longest: Self.longestWait)
        while true {
            var wait = configuration.poll
            do {
                if !isVerified { try await verify() }
                let head = try await source { () async throws(RPCFailure) in try await rpc.head() }
                try checkAge(of: head)
                if follower.chain == nil { try await confirm(head) }
                try await follow(head)
                await readRecentLogs()
                backoff.reset()
                note(nil, of: Self.head)
                trouble = nil
            } catch let found as HostChainTrouble {
                try Task.checkCancellation()
                wait = max(wait, backoff.next(jitter: .random(in: 0...1)))
                isVerified = false
                note(found, of: Self.head)
                trouble = found
            }
            try await clock.sleep(for: wait)
        }
    }

    /// A source is judged by the age of its head, not by what it says of itself (durability-and-events.md HC3). A block
    /// comes from no clock ahead of the true time, so one in our future shows that our clock is behind.
    private func checkAge(of head: HostBlock) throws(HostChainTrouble) {
        guard let oldest = configuration.maximumHeadAge else { return }
        let (now, time) = (configuration.now(), head.timestamp.seconds)
        if time > now, time - now > Self.clockTolerance {
            reports.bad(
                "clock",
                Condition(
                    reason: "clock.behind", found: "the host chain's head is \(time - now) s in this machine's future",
                    remedy: "set the clock; run a time service"))
        } else {
            reports.well("clock")
        }
        if now > time, now - time > oldest { throw .old(seconds: now - time) }
    }

    /// Asks the source who it is (durability-and-events.md HC2).
    private func verify() async throws {
        let contracts = [configuration.bridge, configuration.validator]
        let identity = try await source { () async throws(RPCFailure) in try await rpc.identity(contracts: contracts) }
        guard identity.chainID == configuration.chainID else {
            throw HostChainFailure.wrongChain(expected: configuration.chainID, actual: identity.chainID)
        }
        if identity.saysSyncing {
            logger.info("host chain: the source says that it is syncing; it is judged by the age of its head")
        }
        for (contract, hasCode) in zip(contracts, identity.haveCode) where !hasCode {
            throw HostChainTrouble.noContract(contract)
        }
        isVerified = true
    }

    /// Asks for the logs of the first head by its hash. A source that makes its answers up names hashes for which nobody can
    /// ask, and what was once told of its chain could not be taken back: the node writes off windows by it.
    private func confirm(_ head: HostBlock) async throws(HostChainTrouble) {
        let logs: [[PlacedLog]]
        do {
            logs = try await rpc.logs(of: [head], from: configuration.bridge, topics: IndexedEvent.topics)
        } catch {
            throw .unconfirmed(head, error)
        }
        var trial = configuration.emptyIndex
        trial.arrived(head)
        do {
            try trial.read(logs[0], of: head)
        } catch {
            throw .logs(error)
        }
    }

    private func follow(_ head: HostBlock) async throws(HostChainTrouble) {
        var news: [HeadEvent] = []
        var effects = follower.announced(head)[...]
        while let effect = effects.popFirst() {
            switch effect {
            case .fetch(let range):
                await tell(news)
                news = []
                effects += try await fetch(range)
            case .anchored(let blocks):
                for block in blocks { index.arrived(block) }
            case .deliver(let event):
                switch event {
                case .block(let block): index.arrived(block)
                case .reorganised(let ancestor, _): index.reorganised(to: ancestor.number)
                }
                news.append(event)
            case .unlinked(let block):
                await tell(news)
                throw .unlinked(block)
            }
        }
        await tell(news)
    }

    private func fetch(_ range: ClosedRange<BlockNumber>) async throws(HostChainTrouble) -> [HeadFollower.Effect] {
        do {
            return follower.fetched(try await rpc.blocks(range))
        } catch {
            follower.fetchFailed()
            throw .source(error)
        }
    }

    /// While the logs fail, the head does not wait for them.
    private func tell(_ news: [HeadEvent]) async {
        guard !news.isEmpty else { return }
        if recentTrouble == nil { await readRecentLogs() }
        for event in news { broadcast.send(event) }
        headChanged = clock.now
    }

    // MARK: Reading logs

    private func readRecentLogs() async {
        var found: HostChainTrouble?
        while found == nil {
            let blocks = index.nextBlocks(limit: Self.blocksAtOnce)
            if blocks.isEmpty { break }
            do {
                let logs = try await source { () async throws(RPCFailure) in
                    try await rpc.logs(of: blocks, from: configuration.bridge, topics: IndexedEvent.topics)
                }
                for (block, logs) in zip(blocks, logs) { try read(logs, of: block) }
            } catch {
                found = error
            }
        }
        note(found, of: "host chain logs of new blocks")
        recentTrouble = found
    }

    private func read(_ logs: [PlacedLog], of block: HostBlock) throws(HostChainTrouble) {
        do {
            try index.read(logs, of: block)
        } catch {
            throw .logs(error)
        }
    }

    private func readHistory() async throws {
        var backoff = Backoff(first: configuration.firstWait, longest: Self.longestWait)
        while !index.hasHistory {
            guard isVerified, let asked = index.nextRange(size: range.blocks) else {
                try await clock.sleep(for: configuration.poll)
                continue
            }
            let found = await readHistory(asked)
            try Task.checkCancellation()
            note(found, of: "host chain logs of old blocks")
            historyTrouble = found
            if found == nil {
                backoff.reset()
            } else {
                try await clock.sleep(for: backoff.next(jitter: .random(in: 0...1)))
            }
        }
    }

    private func readHistory(_ asked: ClosedRange<BlockNumber>) async -> HostChainTrouble? {
        do {
            let logs = try await rpc.logs(in: asked, from: configuration.bridge, topics: IndexedEvent.topics)
            range.succeeded()
            do {
                try index.read(logs, in: asked)
                return nil
            } catch {
                return .logs(error)
            }
        } catch {
            range.refused()
            return .source(error)
        }
    }

    /// Tells the operator of a change; what lasts is said once.
    private func note(_ found: HostChainTrouble?, of what: String) {
        guard !Task.isCancelled else { return }
        if let found {
            if let condition = found.condition { reports.bad(what, condition) }
        } else {
            reports.well(what)
        }
    }
}
