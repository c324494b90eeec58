import Bitcoin
package import Coordination
import Foundation
package import Logging
package import Node
package import Peers
import Primitives
import Secp256k1
import ServiceLifecycle
import ThresholdSigning
import WalletActions

/// Why the node's service ends although nobody stopped it.
package enum NodeFailure: Error, Hashable, Sendable {
    /// Nothing tells the node any more of what this names.
    case feederEnded(String)
}

/// Feeds one node machine and carries out its effects: decode, feed, persist, perform. It has no rules of its own.
///
/// Inputs are taken one by one from a queue: each is one transaction, and nothing leaves before its commit returned.
package actor NodeService: Service {
    private enum Input: Sendable {
        case node(NodeInput)
        case frame(FrameClass, Bytes, from: EthereumAddress)
        case delivered([UInt64], to: EthereumAddress)
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
    private var machine: NodeMachine
    private var random = SystemRandom()
    private let bootNonce: Bytes
    private let build: String
    private let inputs: AsyncStream<Input>
    private let queue: AsyncStream<Input>.Continuation
    /// Messages not known to have arrived at a recipient, in order.
    private var undelivered: [EthereumAddress: [OutboxRow]]
    /// How many of them, from the first on, are on the link that stands.
    private var onLink: [EthereumAddress: Int] = [:]
    private var cursor: BlockReference
    private var drops: [String: UInt64] = [:]
    private var broadcasts = BroadcastLog()
    /// What the machine was told and nothing was committed of since: it leaves with the next commit, or in one of its own
    /// when many lines wait.
    private var journal: [LedgerTransaction.JournalLine] = []
    /// With the largest frames these are 64 MiB (durability-and-events.md §7).
    private static let mostWaitingLines = 512
    /// Why a volatile message did not leave, where its commit took too long.
    private static let late = "late_commit"

    /// Makes the node that goes on where its ledger stopped.
    package init(
        configuration: NodeConfiguration, signatures: any OperatorSignatures, ledger: LedgerState,
        waiting: [OutboxRow], cursor: BlockReference?, host: any HostChain, bitcoin: any BitcoinChain,
        store: any Store, peers: PeerService, statusSeconds: UInt64, drainSeconds: UInt64,
        watch: PauseWatch, logger: Logger
    ) {
        machine = NodeMachine(
            configuration: configuration, signatures: signatures, ledger: ledger,
            cursor: cursor?.number ?? BlockNumber(0))
        (bootNonce, build) = (configuration.bootNonce, configuration.build)
        self.host = host
        self.bitcoin = bitcoin
        self.store = store
        self.peers = peers
        self.statusSeconds = statusSeconds
        self.drainSeconds = drainSeconds
        self.logger = logger
        self.cursor = cursor ?? BlockReference(number: BlockNumber(0), hash: .zero)
        self.watch = watch
        (inputs, queue) = AsyncStream.makeStream(of: Input.self)
        undelivered = waiting.reduce(into: [:]) { rows, row in
            guard row.message.wallet.map({ ledger.halted[$0] == nil }) ?? true else { return }
            for peer in row.message.recipients { rows[peer, default: []].append(row) }
        }
    }

    /// Runs until the service is to stop and what is under way is done, or the store fails.
    package func run() async throws {
        let (host, peers, queue, statusSeconds, watch) = (host, peers, queue, statusSeconds, watch)
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                defer { group.cancelAll() }
                group.addTask { await watch.run() }
                try await begin()
                group.addTask {
                    for await event in host.heads() {
                        switch event {
                        case .block(let block): queue.yield(.node(.head(block)))
                        case .reorganised(let ancestor, let depth):
                            queue.yield(.node(.reorganised(ancestor, depth: depth)))
                        }
                    }
                    queue.yield(.feederEnded("heads of the host chain"))
                }
                group.addTask {
                    for await event in peers.incoming {
                        switch event {
                        case .up(let peer): queue.yield(.node(.linkChanged(peer, isUp: true)))
                        case .down(let peer): queue.yield(.node(.linkChanged(peer, isUp: false)))
                        case .frame(let frameClass, let bytes, let peer):
                            queue.yield(.frame(frameClass, bytes, from: peer))
                        case .delivered(let rows, let peer): queue.yield(.delivered(rows, to: peer))
                        }
                    }
                    queue.yield(.feederEnded("links"))
                }
                group.addTask {
                    for second in 0... {
                        do { try await Task.sleep(for: .seconds(1)) } catch { return }
                        queue.yield(.node(.timePassed))
                        if UInt64(second).isMultiple(of: statusSeconds) { queue.yield(.node(.statusDue)) }
                    }
                }
                var drainEnds: ContinuousClock.Instant?
                for await input in inputs {
                    if case .node(.draining) = input { drainEnds = clock.now + .seconds(Int64(drainSeconds)) }
                    try await take(input, &group)
                    if let drainEnds, !machine.isBusy || clock.now >= drainEnds { break }
                }
            }
        } onGracefulShutdown: {
            queue.yield(.node(.draining))
        }
    }

    /// Writes the start of the process down.
    private func begin() async throws {
        note(.started(bootNonce: bootNonce, build: build), at: now(watch.look().reading))
        _ = try await store.commit(
            LedgerTransaction(
                cursor: cursor, events: [.booted(bootNonce: bootNonce, build: build)], journal: journal))
        journal = []
    }

    private func now(_ reading: ClockWatch.Reading) -> SigningInstant {
        SigningInstant(milliseconds: reading.boot - min(reading.boot, watch.start))
    }

    private func take(_ input: Input, _ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        let told: NodeInput
        switch input {
        case .node(let input): told = input
        case .frame(let frameClass, let bytes, let peer):
            await peers.taken(frameClass, from: peer)
            told = .received(bytes, from: peer)
        case .delivered(let rows, let peer): return try await delivered(rows, to: peer)
        case .feederEnded(let name):
            // Cancelled, the feeders end before we do, and that is no failure.
            if Task.isCancelled { return }
            throw NodeFailure.feederEnded(name)
        }
        let (reading, finding) = watch.look()
        if let finding {
            logger.warning(
                "the machine slept, stood still or was copied: nonces are drawn anew",
                metadata: ["found": "\(finding.rawValue)"])
            try await tell(.resumed, at: reading, &group)
        }
        try await tell(told, at: reading, &group)
    }

    private func tell(
        _ told: NodeInput, at reading: ClockWatch.Reading, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let now = now(reading)
        var movesCursor = false
        switch told {
        case .head(let block):
            cursor = block.reference
            movesCursor = true
            forgetExpired()
        case .reorganised(let ancestor, _):
            cursor = ancestor.reference
            movesCursor = true
        default: break
        }
        let memory = machine.memory(before: told)
        let effects = machine.take(told, now: now, random: &random)
        if case .unheard? = effects.first, effects.count == 1 { return await unheard(effects[0]) }
        if let memory { note(.remembered(memory), at: now) }
        note(.told(told), at: now)
        for case .send(let message) in effects { note(.sent(message.envelope), at: now) }
        if case .linkChanged(let peer, let isUp) = told {
            onLink[peer] = nil
            if isUp { await flush(peer) }
        }
        try await perform(effects, at: reading, movesCursor: movesCursor, &group)
    }

    private func note(_ step: JournalStep, at now: SigningInstant) {
        journal.append(LedgerTransaction.JournalLine(time: now.milliseconds, body: step.encoded))
    }

    /// Commits everything durable of one input, then sends and asks. The machine judged by the clocks at `reading` what may
    /// leave: where that is long ago when the commit returns, volatile messages (shares above all) do not leave (DU7).
    private func perform(
        _ effects: [NodeEffect], at reading: ClockWatch.Reading, movesCursor: Bool,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        var transaction = LedgerTransaction(cursor: cursor)
        for effect in effects {
            switch effect {
            case .record(let event): transaction.events.append(event)
            case .send(let message): transaction.outbox.append(message)
            case .echo, .read, .confirm, .publish, .dropped, .unheard: break
            }
        }
        let isDurable = movesCursor || !transaction.events.isEmpty || !transaction.outbox.isEmpty
        var result = CommitResult(rows: [], refused: [])
        if isDurable || journal.count >= Self.mostWaitingLines {
            transaction.journal = journal
            journal = []
            result = try await store.commit(transaction)
        }
        let isSoon = watch.isSoon(after: reading)
        for row in result.rows { await send(row, isSoon: isSoon) }
        for event in transaction.events {
            if case .halted(let wallet, _) = event { silence(wallet) }
            log(event)
        }
        let (host, bitcoin, queue) = (host, bitcoin, queue)
        for effect in effects {
            switch effect {
            case .record, .send: break
            case .echo(let bytes, let kind, let recipients):
                guard isSoon || !kind.isVolatile else {
                    dropped(nil, kind, Self.late)
                    break
                }
                for peer in recipients { _ = await peers.send(bytes, FrameClass(kind), to: peer) }
            case .read(let key, let queries):
                group.addTask {
                    let answers = await Self.answers(queries, host, bitcoin)
                    queue.yield(.node(.answered(key, answers)))
                }
            case .confirm(let token): queue.yield(.node(.committed(token)))
            case .publish(let transaction):
                group.addTask {
                    await self.log(await bitcoin.broadcast(transaction), of: transaction.txid)
                }
            case .dropped(let sender, let kind, let reason): dropped(sender, kind, reason)
            case .unheard: await unheard(effect)
            }
        }
        for message in result.refused {
            guard let wallet = message.wallet else { continue }
            try await tell(.intentRefused(wallet), at: reading, &group)
        }
    }

    /// Counts what the machine did not take from a link, which is no line of the journal.
    private func unheard(_ effect: NodeEffect) async {
        guard case .unheard(let sender, let kind, let reason) = effect else { return }
        dropped(sender, kind, reason)
        if kind == nil { await peers.malformed(from: sender) }
    }

    private func dropped(_ sender: EthereumAddress?, _ kind: MessageKind?, _ reason: String) {
        drops[reason, default: 0] += 1
        logger.debug(
            "dropped",
            metadata: [
                "reason": "\(reason)", "from": "\(sender.map(\.description) ?? "")", "kind": "\(kind?.name ?? "")",
            ])
    }

    private static func answers(
        _ queries: [ChainQuery], _ host: any HostChain, _ bitcoin: any BitcoinChain
    ) async -> [(ChainQuery, ChainAnswer)] {
        await withTaskGroup(of: (ChainQuery, ChainAnswer).self) { group in
            for query in queries {
                group.addTask {
                    switch query {
                    case .host(let question): (query, await host.answer(question))
                    case .bitcoin(let question): (query, await bitcoin.answer(question))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    // MARK: - The outbox

    /// Sends a row to everybody it is for. One that is not volatile is kept until it has arrived, and goes out again on each
    /// new link until then.
    private func send(_ row: OutboxRow, isSoon: Bool) async {
        guard isSoon || !row.message.isVolatile else { return dropped(nil, row.message.kind, Self.late) }
        for peer in row.message.recipients {
            if row.message.isVolatile {
                // The store never gives it again, so it needs no mark.
                _ = await peers.send(row.message.envelope, FrameClass(row.message.kind), to: peer)
            } else {
                undelivered[peer, default: []].append(row)
                await flush(peer)
            }
        }
    }

    /// Forgets what waits of a wallet that is halted: another process may have said otherwise.
    private func silence(_ wallet: WalletPublicKeyHash) {
        for (peer, rows) in undelivered { keep(rows.map { $0.message.wallet != wallet }, of: peer) }
    }

    /// Forgets what waits for a peer and makes no sense any more.
    private func forgetExpired() {
        for (peer, rows) in undelivered { keep(rows.map { $0.message.expiry >= cursor.number }, of: peer) }
    }

    /// Puts what waits for a peer, and is not on its link yet, onto it, in order and as far as there is room.
    private func flush(_ peer: EthereumAddress) async {
        for row in (undelivered[peer] ?? []).dropFirst(onLink[peer, default: 0]) {
            guard
                await peers.send(
                    row.message.envelope, FrameClass(row.message.kind), to: peer, receipt: row.id)
            else { return }
            onLink[peer, default: 0] += 1
        }
    }

    /// Frames arrived at a peer: there is room for others, and the rows among them are done with.
    private func delivered(_ ids: [UInt64], to peer: EthereumAddress) async throws {
        if !ids.isEmpty {
            let done = Set(ids)
            try await store.markSent(ids, to: peer)
            keep((undelivered[peer] ?? []).map { !done.contains($0.id) }, of: peer)
        }
        await flush(peer)
    }

    /// Keeps some of the rows that wait for a peer.
    private func keep(_ isKept: [Bool], of peer: EthereumAddress) {
        let rows = zip(undelivered[peer] ?? [], isKept)
        let left = rows.filter(\.1).map(\.0)
        onLink[peer] = rows.prefix(onLink[peer, default: 0]).count(where: \.1)
        undelivered[peer] = left.isEmpty ? nil : left
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
                    "txid": "\(txid)", "reason": "broadcast.refused",
                    "do": "compare its fee with the mempool's; look at its inputs with another source",
                ])
        case .unknown:
            logger.warning(
                "broadcast: no source answered; it is repeated with each block",
                metadata: ["txid": "\(txid)", "reason": "broadcast.unknown", "do": "look at the Bitcoin source"])
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
                    "kind": "\(fault.kind.name)", "culprit": "\(fault.culprit)", "block": "\(fault.coordinationBlock)",
                    "rule": "\(fault.rule?.name ?? "")",
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
