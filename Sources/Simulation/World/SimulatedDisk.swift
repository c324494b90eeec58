import Coordination
import Node
import Primitives

/// The content of an operator's disk under the ledger's rules: a transaction as a whole or not at all, one content for
/// an intent. Events are folded from their bytes, as at a start, so data that their encoding loses is lost here too.
struct SimulatedDisk {
    /// The whole ledger and the whole journal of a node, for replays of its windows.
    struct Record {
        var ledger: [LedgerEntry] = []
        var journal: [JournalEntry] = []
    }

    /// The state folded from all events.
    private(set) var ledger = LedgerState()
    /// The record since the start; nil where it is not needed.
    var record: Record?
    private var cursor: BlockReference?
    /// Messages that have not arrived at these recipients, by row.
    private var rows: [UInt64: (message: OutboxMessage, recipients: [EthereumAddress])] = [:]
    private var lastRow: UInt64 = 0
    private var intents: [String: (digest: Hash32, expiry: BlockNumber)] = [:]
    private var forgotten = BlockNumber(0)
    // Digests of our own envelopes that are committed in the present and the last window (DI1).
    private var committed: Set<UInt64> = []
    private var committedBefore: Set<UInt64> = []
    private var lastWindow = BlockNumber(0)

    /// Commits a transaction. Gives the bodies of its events, and the purposes that already had another content. An
    /// honest node never has such a purpose.
    mutating func commit(
        _ transaction: LedgerTransaction
    ) -> (result: CommitResult, bodies: [Bytes], conflicts: [String]) {
        let block = transaction.cursor.number
        let bodies = transaction.events.map(\.encoded)
        if record != nil { keep(transaction, bodies) }
        var conflicts: [String] = []
        for body in bodies {
            guard let read = try? LedgerEvent(decoding: body) else {
                conflicts.append("an event that cannot be read")
                continue
            }
            ledger.apply(read, at: block)
        }
        var stored: [OutboxRow] = []
        var refused: [OutboxMessage] = []
        for message in transaction.outbox {
            committed.insert(Self.digest(message.envelope))
            if let intent = message.intent {
                let before = intents[intent.name]
                if let before, before.digest != intent.digest {
                    conflicts.append(intent.name)
                    refused.append(message)
                    continue
                }
                intents[intent.name] = (intent.digest, max(before?.expiry ?? message.expiry, message.expiry))
            }
            lastRow += 1
            if !message.isVolatile { rows[lastRow] = (message, message.recipients) }
            stored.append(OutboxRow(id: lastRow, message: message))
        }
        for (recipient, ids) in transaction.delivered { for id in ids { deliver(id, recipient) } }
        if let first = transaction.forgets { forget(before: first) }
        cursor = transaction.cursor
        return (CommitResult(rows: stored, refused: refused), bodies, conflicts)
    }

    /// The state that a starting process finds.
    func start() -> LedgerStart {
        let head = cursor?.number ?? BlockNumber(0)
        let waiting = rows.sorted { $0.key < $1.key }.compactMap { id, row -> OutboxRow? in
            guard row.message.expiry >= head else { return nil }
            return OutboxRow(id: id, message: row.message.saying(to: row.recipients))
        }
        return LedgerStart(ledger: ledger, waiting: waiting, cursor: cursor)
    }

    private mutating func deliver(_ id: UInt64, _ recipient: EthereumAddress) {
        rows[id]?.recipients.removeAll { $0 == recipient }
        if rows[id]?.recipients.isEmpty ?? false { rows[id] = nil }
    }

    /// Runs only once in a number of blocks, since it goes through the whole disk.
    private mutating func forget(before block: BlockNumber) {
        guard block.rawValue >= forgotten.rawValue + 64 else { return }
        forgotten = block
        rows = rows.filter { $0.value.message.expiry >= block }
        intents = intents.filter { $0.value.expiry >= block }
    }

    private mutating func keep(_ transaction: LedgerTransaction, _ bodies: [Bytes]) {
        guard var record else { return }
        let block = transaction.cursor.number
        record.journal += transaction.journalEntries(after: UInt64(record.ledger.count))
        for body in bodies {
            record.ledger.append(
                LedgerEntry(
                    sequence: UInt64(record.ledger.count) + 1, block: block, body: body,
                    previous: record.ledger.last?.hash ?? LedgerEntry.genesis))
        }
        self.record = record
    }

    /// Ends the halts of the wallets, after the operator has stopped the second process (`coord wallet resume`). Gives
    /// whether any wallet was halted.
    mutating func resumeWallets(at block: BlockNumber) -> Bool {
        let halted = ledger.halted.filter { $0.value == HaltReason.duplicateIdentity.id }.keys
        for wallet in halted { ledger.apply(.haltEnded(wallet), at: block) }
        return !halted.isEmpty
    }

    /// Whether an envelope of ours is committed.
    func holds(_ envelope: Bytes) -> Bool {
        let digest = Self.digest(envelope)
        return committed.contains(digest) || committedBefore.contains(digest)
    }

    private static func digest(_ envelope: Bytes) -> UInt64 {
        var mixer = WordMixer(UInt64(envelope.count))
        mixer.mix(envelope)
        return mixer.word
    }

    /// Forgets data older than the last window, once a window. This follows the operator's own head: an operator that
    /// stood still for long is still in a window that is over for the others.
    mutating func windowOpened(_ start: BlockNumber) {
        guard start > lastWindow else { return }
        lastWindow = start
        committedBefore = committed
        committed = []
    }
}
