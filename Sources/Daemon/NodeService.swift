import Bitcoin
import Coordination
import Foundation
import JSONRPC
package import Logging
package import Node
package import Peers
import Primitives
import Secp256k1
import ServiceLifecycle
import ThresholdSigning
import WalletActions

/// The failure that ends the node's service although it was not told to stop.
package enum NodeFailure: Error, Hashable, Sendable {
    /// The feeder with this name ended, so the node receives no more of its inputs.
    case feederEnded(String)
}

/// Feeds one ``NodeDriver`` and carries out its actions: decode, feed, persist, perform. It has no rules of its own.
///
/// Inputs wait in a queue. Inputs that wait together share a transaction. Nothing is sent before its commit returned.
package actor NodeService: Service {
    private enum Input: Sendable {
        case node(NodeInput)
        case frame(FrameClass, Bytes, from: EthereumAddress)
        case delivered([UInt64], to: EthereumAddress)
        case walletAdded(HeldWallet)
        case feederEnded(String)
    }

    private let host: any HostChain
    private let bitcoin: any BitcoinChain
    private let store: any Store
    private let peers: PeerService
    private let logger: Logger
    private let statusSeconds: UInt64
    private let drainSeconds: UInt64
    private let clock = ContinuousClock()
    private let watch: PauseWatch
    private let wallets: WalletWatch
    private var driver: NodeDriver
    private var random = SystemRandom()
    private let queue = InputQueue<Input>()
    private var broadcasts = BroadcastLog()
    private let reports: SourceReports
    /// The maximum number of inputs in one transaction. Inputs that wait behind a slow disk are written together.
    private static let mostTogether = 64
    /// The operator's name for the cause when a commit came too late for volatile messages (docs/reasons.md).
    private static let disk = "the ledger's disk"
    private static let lateCommit = Condition(
        reason: .lateCommit,
        found: "a commit took more than \(ClockWatch.tolerance / 1_000) s, or the machine paused in it:"
            + " what must not leave late was not sent")

    /// Makes the node, which continues from the state of its ledger.
    package init(
        configuration: NodeConfiguration, signatures: any OperatorSignatures, start: LedgerStart,
        host: any HostChain, bitcoin: any BitcoinChain, store: any Store, peers: PeerService, statusSeconds: UInt64,
        drainSeconds: UInt64, watch: PauseWatch, wallets: WalletWatch, logger: Logger,
        settle: Duration = SourceReports.settle
    ) {
        driver = NodeDriver(configuration: configuration, signatures: signatures, start: start)
        self.host = host
        self.bitcoin = bitcoin
        self.store = store
        self.peers = peers
        self.statusSeconds = statusSeconds
        self.drainSeconds = drainSeconds
        self.logger = logger
        reports = SourceReports(logger: logger, settle: settle)
        self.watch = watch
        self.wallets = wallets
    }

    /// Runs until the service is told to stop and the work in progress is done.
    ///
    /// - Throws: ``StoreFailure`` if the store fails, and ``NodeFailure`` if heads or links end by themselves.
    package func run() async throws {
        let (host, peers, queue, statusSeconds, watch) = (host, peers, queue, statusSeconds, watch)
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                defer { group.cancelAll() }
                group.addTask { await watch.run() }
                let start = watch.look()
                driver.started(now: now(start.reading))
                try await commit(since: start, &group)
                group.addTask {
                    for await event in host.heads() {
                        switch event {
                        case .block(let block): queue.append(.node(.head(block)))
                        case .reorganised(let ancestor, let depth):
                            queue.append(.node(.reorganised(ancestor, depth: depth)))
                        }
                    }
                    queue.append(.feederEnded("heads of the host chain"))
                }
                group.addTask {
                    for await event in peers.incoming {
                        switch event {
                        case .up(let peer): queue.append(.node(.linkChanged(peer, isUp: true)))
                        case .down(let peer): queue.append(.node(.linkChanged(peer, isUp: false)))
                        case .frame(let frameClass, let bytes, let peer):
                            queue.append(.frame(frameClass, bytes, from: peer))
                        case .delivered(let rows, let peer): queue.append(.delivered(rows, to: peer))
                        }
                    }
                    queue.append(.feederEnded("links"))
                }
                group.addTask {
                    for second in 0... {
                        do { try await Task.sleep(for: .seconds(1)) } catch { return }
                        queue.append(.node(.timePassed))
                        if UInt64(second).isMultiple(of: statusSeconds) { queue.append(.node(.statusDue)) }
                    }
                }
                group.addTask { [wallets] in
                    var wallets = wallets
                    while (try? await Task.sleep(for: WalletWatch.pause)) != nil {
                        for change in wallets.look() {
                            switch change {
                            case .added(let held): queue.append(.walletAdded(held))
                            case .archived(let wallet): queue.append(.node(.walletArchived(wallet)))
                            }
                        }
                    }
                }
                var drainEnds: ContinuousClock.Instant?
                while let inputs = await queue.next(atMost: Self.mostTogether) {
                    for case .node(.draining) in inputs { drainEnds = clock.now + .seconds(Int64(drainSeconds)) }
                    try await take(inputs, &group)
                    if let drainEnds, !driver.machine.isBusy || clock.now >= drainEnds { break }
                }
            }
        } onGracefulShutdown: {
            queue.append(.node(.draining))
        }
    }

    private func now(_ reading: ClockWatch.Reading) -> SigningInstant {
        SigningInstant(milliseconds: reading.boot - min(reading.boot, watch.start))
    }

    /// Takes inputs in as few transactions as possible.
    private func take(_ inputs: [Input], _ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        // The look at the clocks before the first uncommitted input.
        var since: PauseWatch.Look?
        // The peers whose links have room again.
        var freed: [EthereumAddress] = []
        let members = driver.machine.configuration.members
        for input in inputs {
            let told: NodeInput
            switch input {
            case .node(let input): told = input
            case .frame(let frameClass, let bytes, let peer):
                await peers.taken(frameClass, from: peer)
                told = .received(bytes, from: peer)
            case .walletAdded(let held):
                if let before = since { try await commit(since: before, &group) }
                since = nil
                driver.bring(held, ledger: try await store.start().ledger)
                told = .walletAdded(held.group.wallet)
            case .delivered(let rows, let peer):
                driver.delivered(rows, to: peer)
                freed.append(peer)
                continue
            case .feederEnded(let name):
                // After cancellation the feeders end before this task. That is not a failure.
                if Task.isCancelled { return }
                throw NodeFailure.feederEnded(name)
            }
            if let before = since, driver.startsAnew(told) {
                try await commit(since: before, &group)
                since = nil
            }
            let look = watch.look()
            // Inputs judged before a pause are committed separately, and none of their volatile messages is sent.
            if let before = since, look.finding != nil {
                try await commit(since: before, &group)
                since = nil
            }
            since = since ?? look
            tellOperator(told)
            if let finding = look.finding {
                logger.warning(
                    "the machine slept, stood still or was copied: nonces are drawn anew",
                    metadata: ["found": "\(finding.rawValue)"])
                driver.take(.resumed, now: now(look.reading), random: &random)
            }
            driver.take(told, now: now(look.reading), random: &random)
        }
        if let since { try await commit(since: since, &group) }
        // The queues are flushed last: an input of the same batch may have halted a wallet whose messages wait.
        for peer in freed { await flush(peer) }
        // A wallet was added or removed, and the members changed with it.
        if driver.machine.configuration.members != members {
            await peers.share(with: driver.machine.configuration.members)
        }
    }

    /// Commits the pending transaction, then performs its actions. The machine decided by the clocks at `look` which
    /// messages may be sent. If that is too long ago when the commit returns, volatile messages are not sent.
    private func commit(
        since look: PauseWatch.Look, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        var result = CommitResult()
        let transaction = driver.transaction()
        if let transaction { result = try await store.commit(transaction) }
        let isSoon = watch.isSoon(after: look)
        if isSoon, transaction != nil { reports.well(Self.disk) }
        let actions = driver.committed(result, isSoon: isSoon)
        for action in actions { try await perform(action, &group) }
    }

    private func perform(
        _ action: NodeAction, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        switch action {
        case .flush(let peer): await flush(peer)
        case .transmit(let bytes, let kind, let recipients):
            for peer in recipients { _ = await peers.send(bytes, kind.frameClass, to: peer) }
        case .recorded(let event): log(event)
        case .read(let key, let queries):
            let (host, bitcoin, queue) = (host, bitcoin, queue)
            group.addTask {
                let answers = await Self.answers(queries, host, bitcoin)
                queue.append(.node(.answered(key, answers)))
            }
        case .publish(let transaction):
            let bitcoin = bitcoin
            group.addTask {
                await self.log(await bitcoin.broadcast(transaction), of: transaction.txid)
            }
        case .dropped(let drop): await dropped(drop)
        case .malformed(let peer): await peers.malformed(from: peer)
        case .tell(let input): try await take([.node(input)], &group)
        case .queue(let input): queue.append(.node(input))
        }
    }

    /// Sends the messages that wait for a peer, as far as its link has room.
    private func flush(_ peer: EthereumAddress) async {
        while let row = driver.next(for: peer) {
            let frameClass = row.message.kind.frameClass
            guard await peers.send(row.message.envelope, frameClass, to: peer, receipt: row.id) else { return }
            driver.wasSent(to: peer)
        }
    }

    private func tellOperator(_ input: NodeInput) {
        switch input {
        case .walletAdded(let wallet): logger.notice("a wallet is held", metadata: ["wallet": "\(wallet)"])
        case .walletArchived(let wallet):
            logger.notice("a wallet is archived: it is held no longer", metadata: ["wallet": "\(wallet)"])
        default: break
        }
    }

    private func dropped(_ drop: Drop) async {
        if drop.reason == MessageDrop.lateCommit.rawValue { reports.bad(Self.disk, Self.lateCommit) }
        await peers.count(drop)
        logger.debug(
            "dropped",
            metadata: [
                "reason": "\(drop.reason)", "from": "\(drop.peer.map(\.description) ?? "")",
                "kind": "\(drop.kind?.name ?? "")",
            ])
    }

    private static func answers(
        _ queries: [ChainQuery], _ host: any HostChain, _ bitcoin: any BitcoinChain
    ) async -> [(ChainQuery, ChainAnswer)] {
        let hosts = queries.compactMap { if case .host(let query) = $0 { query } else { nil } }
        let bitcoins = queries.compactMap { if case .bitcoin(let query) = $0 { query } else { nil } }
        async let onHost = hosts.isEmpty ? [] : host.answer(hosts)
        async let onBitcoin = bitcoins.isEmpty ? [] : bitcoin.answer(bitcoins)
        let pairs = zip(hosts.map(ChainQuery.host), await onHost)
        return Array(pairs) + Array(zip(bitcoins.map(ChainQuery.bitcoin), await onBitcoin))
    }

    // MARK: - The log

    private func log(_ result: BroadcastResult, of txid: Txid) {
        guard broadcasts.isNews(result, of: txid) else { return }
        switch result {
        case .accepted: logger.info("broadcast: the source has the transaction", metadata: ["txid": "\(txid)"])
        case .refused(let words):
            logger.warning(
                "broadcast: the source refuses the transaction: \(words)",
                metadata: [
                    "txid": "\(txid)", "reason": "\(ConditionReason.broadcastRefused)",
                    "do": "compare its fee with the mempool's; look at its inputs with another source",
                ])
        case .unknown:
            logger.warning(
                "broadcast: no source answered; it is repeated with each block",
                metadata: [
                    "txid": "\(txid)", "reason": "\(ConditionReason.broadcastUnknown)",
                    "do": "look at the Bitcoin source",
                ])
        }
    }

    private func log(_ event: LedgerEvent) {
        switch event {
        case .ended(let key, let outcome):
            logger.info(
                "window ended",
                metadata: [
                    "wallet": "\(key.wallet)", "block": "\(key.coordinationBlock)", "outcome": "\(outcome.code)",
                    "rule": "\(outcome.rule?.name ?? "")",
                ])
        case .fault(let fault):
            logger.warning(
                "fault",
                metadata: [
                    "kind": "\(fault.kind.name)", "culprit": "\(fault.culprit)", "wallet": "\(fault.wallet)",
                    "block": "\(fault.coordinationBlock)",
                    "rule": "\(fault.rule?.name ?? "")",
                ])
        case .signingEnded(let key, _, let report) where !report.blamed.isEmpty:
            let group = driver.machine.configuration.wallets[key.wallet]?.group
            let culprits = Set(report.blamed.keys.compactMap { group?.operator(of: $0) })
            logger.warning(
                "operators broke the rules of a signing; it goes on without them",
                metadata: [
                    "wallet": "\(key.wallet)", "block": "\(key.coordinationBlock)",
                    "culprits": "\(culprits.sorted().map(\.description).joined(separator: " "))",
                    "found": "\(report.blames.joined(separator: ", "))",
                    "do": "ask these operators what their nodes run",
                ])
        case .halted(let wallet, let reason):
            logger.critical(
                "wallet halted",
                metadata: [
                    "wallet": "\(wallet)", "reason": "\(reason)",
                    "do": "see docs/reasons.md; then stop the node and run coord wallet resume",
                ])
        case .reorganised(let ancestor, let depth):
            logger.notice("host chain reorganised", metadata: ["ancestor": "\(ancestor.number)", "depth": "\(depth)"])
        default: logger.debug("event", metadata: ["event": "\(event)"])
        }
    }
}
