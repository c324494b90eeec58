import ChainModels
import Coordination
import Primitives
import Secp256k1
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import Node

/// One operator of a fleet: its machine, its disk, and the ways in which it can fail.
final class BenchNode {
    /// When a process dies around one input.
    enum Crash {
        /// Before the transaction is committed: nothing of the input is left.
        case beforeCommit
        /// After the commit, before anything is sent or asked.
        case afterCommit
    }

    let configuration: NodeConfiguration
    private let signatures: KeySignatures
    private var driver: NodeDriver?
    /// What is on disk.
    private(set) var ledger = LedgerState()
    private(set) var events: [LedgerEvent] = []
    private var intents: [String: Hash32] = [:]
    private var unsent: [OutboxRow] = []
    private var lastRow: UInt64 = 0
    private var cursor: BlockReference?
    private var links: Set<EthereumAddress> = []
    private(set) var inputs = 0
    /// What the machine was told, and when, as a journal holds it.
    private(set) var journal: [JournalEntry] = []
    /// The input around which the process dies.
    var crash: (input: Int, how: Crash)?
    /// Whether its chain sources are silent for now.
    var isUnanswered = false
    private var unanswered: [(EvaluationKey, [ChainQuery])] = []
    /// Whether it hears of no block for now.
    var isBehind = false
    /// Messages that were dropped, and why.
    private(set) var drops: [Drop] = []
    /// Purposes that a second content was asked for; always empty in an honest node.
    private(set) var conflicts: [String] = []

    init(configuration: NodeConfiguration, key: TestKey) {
        self.configuration = configuration
        signatures = KeySignatures(key: key)
        begin(at: SigningInstant(milliseconds: 0))
    }

    private func begin(at now: SigningInstant) {
        var driver = NodeDriver(
            configuration: configuration, signatures: signatures,
            start: LedgerStart(ledger: ledger, waiting: unsent, cursor: cursor))
        links = []
        driver.started(now: now)
        if let transaction = driver.transaction() { _ = commit(transaction) }
        _ = driver.committed()
        self.driver = consume driver
    }

    /// Signs as the operator.
    func sign(_ content: Envelope.Content) -> RecoverableSignature { signatures.sign(content) }

    /// How often the machine had a signature looked at.
    var signatureLooks: Int { signatures.looks }

    /// Counts inputs from the next one on.
    func countFromHere() { inputs = 0 }

    var me: EthereumAddress { configuration.me }
    var isUp: Bool { driver != nil }

    /// Stops the process at once.
    func kill() { driver = nil }

    /// Starts the process again from its disk; it hears the head, or what a source that lags shows for it, and sends what it
    /// had not sent.
    func start(in fleet: NodeFleet, at shown: HostBlock? = nil) {
        begin(at: fleet.now)
        for other in fleet.nodes where other.isUp && other.me != me {
            // A process that starts anew has another link to each.
            other.link(me, isUp: false, in: fleet)
            other.link(me, isUp: true, in: fleet)
            link(other.me, isUp: true, in: fleet)
        }
        hear(shown ?? fleet.host.head.block, in: fleet)
    }

    /// Gives an input to the machine as a journal holds it, and performs what follows; nothing where no process runs.
    func take(_ input: NodeInput, in fleet: NodeFleet) {
        do {
            let input = try NodeInput(decoding: input.encoded)
            guard let effects = driver?.take(input, now: fleet.now, random: &fleet.random) else { return }
            // A link changes nothing on disk: no process dies around it that would not die before or after.
            if case .linkChanged = input, effects.isEmpty { return finish(in: fleet) }
            inputs += 1
            let dies = crash?.input == inputs ? crash?.how : nil
            if dies == .beforeCommit { return kill() }
            finish(dies: dies == .afterCommit, in: fleet)
        } catch {
            Issue.record("an input does not come back from the journal: \(error)")
        }
    }

    /// Commits what is due, then does what follows in order.
    private func finish(dies: Bool = false, in fleet: NodeFleet) {
        let result = driver?.transaction().map(commit) ?? CommitResult()
        if dies { return kill() }
        for action in driver?.committed(result) ?? [] {
            guard isUp else { return }
            perform(action, in: fleet)
        }
    }

    /// Its operator adds a wallet.
    func hold(_ held: HeldWallet, in fleet: NodeFleet) {
        driver?.bring(held, ledger: ledger)
        take(.walletAdded(held.group.wallet), in: fleet)
    }

    /// Tells the process that it is to end.
    func drain(in fleet: NodeFleet) { take(.draining, in: fleet) }

    func link(_ peer: EthereumAddress, isUp: Bool, in fleet: NodeFleet) {
        guard links.contains(peer) != isUp else { return }
        if isUp { links.insert(peer) } else { links.remove(peer) }
        take(.linkChanged(peer, isUp: isUp), in: fleet)
    }

    func hear(_ block: HostBlock, in fleet: NodeFleet) {
        guard !isBehind else { return }
        take(.head(block), in: fleet)
        take(.timePassed, in: fleet)
    }

    /// The chain sources find their voice again and answer what they were asked.
    func answerReads(in fleet: NodeFleet) {
        isUnanswered = false
        let asked = unanswered
        unanswered = []
        for (key, queries) in asked { perform(.read(key, queries), in: fleet) }
    }

    /// Tells the others how it stands.
    func tell(in fleet: NodeFleet) { take(.statusDue, in: fleet) }

    func rewind(to ancestor: HostBlock, depth: UInt64, in fleet: NodeFleet) {
        take(.reorganised(ancestor, depth: depth), in: fleet)
    }

    func receive(_ envelope: Bytes, from peer: EthereumAddress, in fleet: NodeFleet) {
        take(.received(envelope, from: peer), in: fleet)
    }

    private func perform(_ action: NodeAction, in fleet: NodeFleet) {
        switch action {
        case .recorded: break
        case .malformed: break
        case .dropped(let drop): drops.append(drop)
        case .flush(let peer):
            while let row = driver?.next(for: peer) {
                driver?.wasSent(to: peer)
                fleet.post(row.message.envelope, row.message.kind, from: me, to: [peer])
                driver?.delivered([row.id], to: peer)
            }
        case .transmit(let envelope, let kind, let recipients):
            fleet.post(envelope, kind, from: me, to: recipients)
        case .read(let key, let queries) where isUnanswered: unanswered.append((key, queries))
        case .read(let key, let queries):
            take(.answered(key, queries.map { ($0, fleet.answer($0)) }), in: fleet)
        case .publish(let transaction): fleet.publish(transaction)
        case .tell(let input), .queue(let input): take(input, in: fleet)
        }
    }

    /// The store refuses another content for a step of a record, and the process ends.
    private func expectFirst(_ record: ActionRecord) {
        let before = events.contains { event in
            guard case .record(let other) = event else { return false }
            return other.id == record.id && other.step == record.step && other != record
        }
        if before { conflicts.append("record/\(record.id.unsigned)/\(record.step)") }
    }

    /// The operator writes an event while no process runs.
    func write(_ event: LedgerEvent) {
        guard let cursor else { return }
        _ = commit(LedgerTransaction(cursor: cursor, events: [event]))
    }

    private func commit(_ transaction: LedgerTransaction) -> CommitResult {
        journal += transaction.journalEntries(after: UInt64(events.count))
        for event in transaction.events {
            if case .record(let record) = event { expectFirst(record) }
            events.append(event)
            ledger.apply(event, at: transaction.cursor.number)
        }
        var rows: [OutboxRow] = []
        for message in transaction.outbox {
            if let intent = message.intent {
                if let before = intents[intent.name], before != intent.digest { conflicts.append(intent.name) }
                intents[intent.name] = intents[intent.name] ?? intent.digest
            }
            lastRow += 1
            rows.append(OutboxRow(id: lastRow, message: message))
        }
        unsent += rows.filter { !$0.message.isVolatile }
        for (peer, ids) in transaction.delivered {
            unsent = unsent.compactMap { row in
                guard ids.contains(row.id) else { return row }
                let left = row.message.recipients.filter { $0 != peer }
                return left.isEmpty ? nil : OutboxRow(id: row.id, message: row.message.saying(to: left))
            }
        }
        cursor = transaction.cursor
        return CommitResult(rows: rows)
    }

    /// The final outcome of a window.
    func outcome(_ start: UInt64) -> Outcome? {
        events.reversed().lazy.compactMap { event -> Outcome? in
            guard case .ended(let key, let outcome) = event, key.coordinationBlock.rawValue == start,
                outcome.isFinal
            else { return nil }
            return outcome
        }.first
    }

    /// Every final outcome of a window, of one wallet or of all: exactly one a wallet, if all is well (S6).
    func outcomes(_ start: UInt64, of wallet: WalletPublicKeyHash? = nil) -> [Outcome] {
        events.compactMap { event in
            guard case .ended(let key, let outcome) = event, key.coordinationBlock.rawValue == start,
                outcome.isFinal, wallet == nil || key.wallet == wallet
            else { return nil }
            return outcome
        }
    }

    /// How many entries the machine, and what it starts from, hold of windows and their jobs.
    var held: [Int] {
        var counts = [ledger.windows.count, ledger.markers.count]
        for slot in (driver?.machine.wallets).map({ Array($0.values) }) ?? [] {
            counts += [
                slot.machine.windows.count, slot.machine.blockHashes.count, slot.machine.evaluations.count,
                slot.machine.records.count, slot.machine.undecided.count, slot.machine.markers.count,
            ]
        }
        return counts
    }

    /// Whether a window's action was handed over.
    func handedOver(_ start: UInt64) -> Bool {
        events.contains { event in
            guard case .handedOver(let key, _, _, _) = event else { return false }
            return key.coordinationBlock.rawValue == start
        }
    }

    /// The steps of the records of a window's action.
    func records(_ start: UInt64) -> [ActionRecord] {
        events.compactMap { event in
            guard case .record(let record) = event, record.coordinationBlock.rawValue == start else { return nil }
            return record
        }
    }

    /// Whether it accepted a proposal of a window.
    func hasVoted(_ start: UInt64) -> Bool {
        events.contains { event in
            guard case .voted(let key, _, _) = event else { return false }
            return key.coordinationBlock.rawValue == start
        }
    }

    /// The attempts for which a share left.
    var shared: [UInt64] {
        events.compactMap { event in
            guard case .attempt(let step) = event, case .binding = step.step else { return nil }
            return step.attempt
        }
    }

    var faults: [Fault] { events.compactMap { if case .fault(let fault) = $0 { fault } else { nil } } }
}
