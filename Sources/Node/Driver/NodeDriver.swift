import Coordination
package import Primitives
package import ThresholdSigning
import WalletActions

/// The rules around a node's machine: what is committed together, when messages leave and leave again, and what is
/// forgotten.
///
/// Pure, so that the daemon, the simulator and the tests keep the same rules. A shell gives it inputs, commits its
/// transaction, reports that the commit returned, and carries out the actions. Several inputs may share a transaction.
/// No message leaves before the transaction is on disk (durability-and-events.md DU1).
package struct NodeDriver: ~Copyable {
    /// The machine, for queries.
    package private(set) var machine: NodeMachine
    private var outbox: Outbox
    private let isJournalled: Bool
    /// The next transaction, without the fields that are added when it is taken.
    private var pending: LedgerTransaction
    private var movesCursor = false
    /// The effects of the pending transaction's inputs, performed once it is on disk.
    private var effects: [NodeEffect] = []
    /// Peers whose links came up since the last commit.
    private var linked: [EthereumAddress] = []

    /// The number of waiting journal lines that get a commit of their own where nothing else is to be written. With the
    /// largest frames they take 64 MiB (durability-and-events.md §7).
    package static let mostWaitingLines = 512

    /// Makes the driver of a node that continues from its ledger. Without a journal its windows cannot be replayed.
    package init(
        configuration: NodeConfiguration, signatures: any OperatorSignatures, start: LedgerStart,
        isJournalled: Bool = true
    ) {
        machine = NodeMachine(
            configuration: configuration, signatures: signatures, ledger: start.ledger,
            cursor: start.cursor?.number ?? BlockNumber(0))
        outbox = Outbox(start.waiting, halted: start.ledger.halted.keys)
        pending = LedgerTransaction(
            cursor: start.cursor ?? BlockReference(number: BlockNumber(0), hash: .zero))
        self.isJournalled = isJournalled
    }

    // MARK: - Inputs

    /// Records the start of the process, before any input is taken.
    package mutating func started(now: SigningInstant) {
        let (nonce, build) = (machine.configuration.bootNonce, machine.configuration.build)
        note(.started(bootNonce: nonce, build: build), now, after: pending.events.count)
        pending.events.append(.booted(bootNonce: nonce, build: build))
    }

    /// Whether an input needs a transaction of its own: all events of a transaction carry the same host block.
    package func startsAnew(_ input: NodeInput) -> Bool {
        switch input {
        case .head, .reorganised: true
        default: false
        }
    }

    /// Hands over a wallet's keys and the store's state of it; ``NodeInput/walletAdded(_:)`` follows. Every earlier
    /// input must be committed first: the ledger holds the wallet's votes and its used nonces.
    package mutating func bring(_ held: HeldWallet, ledger: LedgerState) { machine.bring(held, ledger: ledger) }

    /// Gives an input to the machine at this time of the node's own clock.
    /// - Returns: The machine's effects, for observers. They are performed once the transaction is committed.
    @discardableResult
    package mutating func take(
        _ input: NodeInput, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        switch input {
        case .head(let block): moveCursor(to: block.reference)
        case .reorganised(let ancestor, _): moveCursor(to: ancestor.reference)
        case .linkChanged(let peer, let isUp):
            outbox.linkChanged(peer, isUp: isUp)
            if isUp { linked.append(peer) }
        default: break
        }
        let memory = isJournalled ? machine.memory(before: input) : nil
        let wanted = machine.take(input, now: now, random: &random)
        effects += wanted
        if case .unheard? = wanted.first, wanted.count == 1 { return wanted }
        let place = pending.events.count
        if let memory { note(.remembered(memory), now, after: place) }
        note(.told(input), now, after: place)
        for effect in wanted {
            switch effect {
            case .record(let event): pending.events.append(event)
            case .send(let message):
                note(.sent(message.envelope), now, after: place)
                // The result of an action whose time ended before this input.
                guard message.expiry >= pending.cursor.number else {
                    effects.append(.dropped(Drop(nil, kind: message.kind, reason: MessageDrop.expired)))
                    continue
                }
                pending.outbox.append(message)
            case .echo, .read, .confirm, .publish, .dropped, .unheard: break
            }
        }
        return wanted
    }

    /// Takes note that rows arrived at a peer. They are marked with the next transaction; after a crash before it they
    /// are sent again.
    package mutating func delivered(_ rows: [UInt64], to peer: EthereumAddress) {
        guard !rows.isEmpty else { return }
        pending.delivered[peer, default: []] += rows
        outbox.delivered(Set(rows), to: peer)
    }

    private mutating func moveCursor(to block: BlockReference) {
        pending.cursor = block
        movesCursor = true
        outbox.expire(at: block.number)
    }

    private mutating func note(_ step: @autoclosure () -> JournalStep, _ now: SigningInstant, after place: Int) {
        guard isJournalled else { return }
        pending.journal.append(
            LedgerTransaction.JournalLine(time: now.milliseconds, after: place, body: step().encoded))
    }

    // MARK: - Commits

    /// The transaction to commit now; nil where nothing must be written. ``committed(_:isSoon:)`` follows in both
    /// cases.
    package mutating func transaction() -> LedgerTransaction? {
        let isDue =
            movesCursor || !pending.events.isEmpty || !pending.outbox.isEmpty
            || pending.journal.count >= Self.mostWaitingLines
        guard isDue else { return nil }
        if movesCursor { pending.forgets = pending.cursor.number.subtracting(machine.configuration.outboxBlocks) }
        movesCursor = false
        defer { pending = LedgerTransaction(cursor: pending.cursor) }
        return pending
    }

    /// Takes the result of a commit, or of a step without one, and gives the actions to carry out. If the machine
    /// judged by the clocks too long ago (not `isSoon`), volatile messages, above all shares, do not leave
    /// (durability-and-events.md DU7). Messages of a wallet that halted meanwhile do not leave, nor do those of a
    /// wallet with a message that the store refused in this commit.
    package mutating func committed(_ result: CommitResult = CommitResult(), isSoon: Bool = true) -> [NodeAction] {
        var actions = linked.map(NodeAction.flush)
        linked = []
        let refused = Set(result.refused.compactMap(\.wallet))
        var silent = refused
        for case .record(.halted(let wallet, _)) in effects { silent.insert(wallet) }
        for row in result.rows {
            let message = row.message
            guard message.isVolatile else {
                for peer in message.recipients {
                    outbox.add(row, for: peer)
                    actions.append(.flush(peer))
                }
                continue
            }
            // The store never gives it again, so it needs no mark.
            transmit(message.envelope, message.kind, message.recipients, isSoon: isSoon, but: silent, &actions)
        }
        for effect in effects { append(effect, isSoon: isSoon, but: silent, to: &actions) }
        effects = []
        for wallet in silent { outbox.silence(wallet) }
        for wallet in refused.sorted() { actions.append(.tell(.intentRefused(wallet))) }
        return actions
    }

    /// Puts bytes on links, unless they are too late or their wallet is silenced.
    private func transmit(
        _ bytes: Bytes, _ kind: MessageKind, _ recipients: [EthereumAddress], isSoon: Bool,
        but silent: Set<WalletPublicKeyHash>, _ actions: inout [NodeAction]
    ) {
        if kind.isVolatile, !isSoon {
            actions.append(.dropped(Drop(nil, kind: kind, reason: MessageDrop.lateCommit)))
        } else if !silent.isEmpty, let wallet = EnvelopeHeader(bytes)?.wallet, silent.contains(wallet) {
            actions.append(.dropped(Drop(nil, kind: kind, reason: MessageDrop.halted)))
        } else {
            actions.append(.transmit(bytes, kind, to: recipients))
        }
    }

    private func append(
        _ effect: NodeEffect, isSoon: Bool, but silent: Set<WalletPublicKeyHash>, to actions: inout [NodeAction]
    ) {
        switch effect {
        case .record(let event): actions.append(.recorded(event))
        case .send: break
        case .echo(let bytes, let kind, let recipients):
            // Messages that wait in the outbox leave from there.
            let peers = recipients.filter { !outbox.holds(bytes, for: $0) }
            if !peers.isEmpty { transmit(bytes, kind, peers, isSoon: isSoon, but: silent, &actions) }
        case .read(let key, let queries): actions.append(.read(key, queries))
        case .confirm(let token): actions.append(.queue(.committed(token)))
        case .publish(let transaction): actions.append(.publish(transaction))
        case .dropped(let drop): actions.append(.dropped(drop))
        case .unheard(let drop):
            actions.append(.dropped(drop))
            if drop.kind == nil, let link = drop.peer { actions.append(.malformed(from: link)) }
        }
    }

    // MARK: - The outbox

    /// The next row to put on a peer's link; nil where no row waits or no link stands.
    package func next(for peer: EthereumAddress) -> OutboxRow? { outbox.next(for: peer) }

    /// The link took the row that ``next(for:)`` gave.
    package mutating func wasSent(to peer: EthereumAddress) { outbox.wasSent(to: peer) }
}
