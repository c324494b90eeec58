import Coordination
package import Primitives
package import ThresholdSigning
import WalletActions

/// The rules around a node's machine: what is committed with what, what leaves when and again, and what is forgotten.
///
/// Pure, so that the daemon, the simulator and the tests keep the same rules. A shell gives it inputs, commits
/// its transaction, tells it that the commit returned, and carries out the actions. Several inputs may share a transaction;
/// nothing leaves before it is on disk (durability-and-events.md DU1).
package struct NodeDriver: ~Copyable {
    /// The machine, for questions.
    package private(set) var machine: NodeMachine
    private var outbox: Outbox
    private let isJournalled: Bool
    /// The next transaction, but for what is added when it is taken.
    private var pending: LedgerTransaction
    private var movesCursor = false
    /// What the inputs of the pending transaction want done once it is on disk.
    private var effects: [NodeEffect] = []
    /// Peers whose links came up since the last commit.
    private var linked: [EthereumAddress] = []

    /// Journal lines that have a commit of their own where nothing else is to be written: with the largest frames they are
    /// 64 MiB (durability-and-events.md §7).
    package static let mostWaitingLines = 512

    /// Makes the driver of a node that goes on where its ledger stopped. Without a journal its windows cannot be played
    /// again.
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

    /// The start of the process, which is written down before any input is taken.
    package mutating func started(now: SigningInstant) {
        let (nonce, build) = (machine.configuration.bootNonce, machine.configuration.build)
        note(.started(bootNonce: nonce, build: build), now, after: pending.events.count)
        pending.events.append(.booted(bootNonce: nonce, build: build))
    }

    /// Whether an input needs a transaction of its own: the events of one carry one host block.
    package func startsAnew(_ input: NodeInput) -> Bool {
        switch input {
        case .head, .reorganised: true
        default: false
        }
    }

    /// Hands over a wallet's keys and what the store says of it; ``NodeInput/walletAdded(_:)`` follows. Everything taken
    /// before must be committed: the ledger says what the wallet has voted for and which nonces it has used.
    package mutating func bring(_ held: HeldWallet, ledger: LedgerState) { machine.bring(held, ledger: ledger) }

    /// Gives an input to the machine at this time of the node's own clock.
    /// - Returns: what the machine wants, for those who watch it; it is done once it is committed.
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
                // What came of an action that is over: its time ended before this input.
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

    /// Rows arrived at a peer. They are marked with the next transaction: a crash before it sends them once more.
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

    /// What is to be committed now; nil where nothing must be written. ``committed(_:isSoon:)`` follows in both cases.
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

    /// The transaction is on disk, or there was none: gives what is to be done. Where the machine judged by the clocks long
    /// ago what may leave (not `isSoon`), volatile messages, shares above all, do not leave (durability-and-events.md DU7).
    /// No message leaves of a wallet that halted meanwhile, or of which the store refused one beside it.
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

    /// Has bytes put on links, unless it is too late for them or their wallet is silent.
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
            // What waits in the outbox goes out by that.
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

    /// The next row to put on a peer's link; nil where none waits, or no link stands.
    package func next(for peer: EthereumAddress) -> OutboxRow? { outbox.next(for: peer) }

    /// The link took the row that ``next(for:)`` gave.
    package mutating func wasSent(to peer: EthereumAddress) { outbox.wasSent(to: peer) }
}
