package import Coordination
package import Primitives

/// What one input of the node changes: all of it is on disk when a commit returns, or none (durability-and-events.md DU1).
package struct LedgerTransaction: Hashable, Sendable {
    /// The last host block handled, with its hash.
    package var cursor: BlockReference
    /// The events, in order.
    package var events: [LedgerEvent]
    /// The messages to send, in order.
    package var outbox: [OutboxMessage]
    /// What the machine was told since the transaction before, this input included, and what it sends.
    package var journal: [JournalLine]

    /// A line of the journal before it has its place: milliseconds of the process's clock, and the encoding of the step.
    package struct JournalLine: Hashable, Sendable {
        package let time: UInt64
        package let body: Bytes

        /// Describes a line.
        package init(time: UInt64, body: Bytes) {
            self.time = time
            self.body = body
        }
    }

    /// Describes a transaction.
    package init(
        cursor: BlockReference, events: [LedgerEvent] = [], outbox: [OutboxMessage] = [],
        journal: [JournalLine] = []
    ) {
        self.cursor = cursor
        self.events = events
        self.outbox = outbox
        self.journal = journal
    }
}

/// A message that leaves from the outbox (durability-and-events.md DU5 to DU7).
package struct OutboxMessage: Hashable, Sendable {
    /// Who is to get it, each once at least.
    package let recipients: [EthereumAddress]
    package let kind: MessageKind
    /// The envelope, exactly as it goes out.
    package let envelope: Bytes
    /// The purpose of the message without its content: a second content for it is refused. nil for what may repeat.
    package let intent: Intent?
    /// Whether only the digest is stored: never sent after a restart (nonces, requests and shares).
    package let isVolatile: Bool
    /// The last host block at which sending it makes sense.
    package let expiry: BlockNumber

    /// Describes a message.
    package init(
        recipients: [EthereumAddress], kind: MessageKind, envelope: Bytes, intent: Intent?, isVolatile: Bool,
        expiry: BlockNumber
    ) {
        self.recipients = recipients
        self.kind = kind
        self.envelope = envelope
        self.intent = intent
        self.isVolatile = isVolatile
        self.expiry = expiry
    }
}

extension OutboxMessage {
    /// The wallet that its envelope is of; nil for a status, and for what is no envelope.
    package var wallet: WalletPublicKeyHash? {
        EnvelopeHeader(envelope).flatMap { $0.wallet == .none ? nil : $0.wallet }
    }
}

/// The purpose of a message as a key (durability-and-events.md DU6). `name` is stable: it is stored.
package struct Intent: Hashable, Sendable {
    package let name: String
    /// What the content is known by; the same again is success, another is refused.
    package let digest: Hash32

    private init(_ name: String, _ digest: Hash32) {
        self.name = name
        self.digest = digest
    }

    /// Our vote of a window, as proposal or accept: the digest is the proposal's.
    package static func vote(_ window: WindowKey, _ digest: ProposalDigest) -> Intent {
        Intent("vote/\(window.wallet.hex)/\(window.coordinationBlock)", digest.hash)
    }

    /// Our reject of one proposal of a window.
    package static func reject(_ window: WindowKey, _ digest: ProposalDigest, content: Hash32) -> Intent {
        Intent("reject/\(window.wallet.hex)/\(window.coordinationBlock)/\(digest.hex)", content)
    }

    /// A nonce commitment or share of a signing attempt; the number is that of the nonce, which is ours.
    package static func signing(job: Hash32, instance: UInt32, number: UInt32, round: String, content: Hash32) -> Intent
    {
        Intent("sign/\(job.hex)/\(instance)/\(number)/\(round)", content)
    }
}

/// The durable store. Its own rules are a second lock on the machine's: write-once, one digest an intent.
package protocol Store: Sendable {
    /// Commits a transaction and returns once the log is on disk.
    func commit(_ transaction: LedgerTransaction) async throws(StoreFailure) -> CommitResult

    /// Marks in one transaction that a recipient got these rows, so that they are not sent again after a restart.
    func markSent(_ rows: [UInt64], to recipient: EthereumAddress) async throws(StoreFailure)

    /// The rows not yet sent to everybody, oldest first, with the recipients that still wait. Volatile rows are never
    /// among them.
    func waitingOutbox() async throws(StoreFailure) -> [OutboxRow]

    /// Every entry from a sequence on, oldest first.
    func entries(from sequence: UInt64) async throws(StoreFailure) -> [LedgerEntry]

    /// The last host block handled; nil in a new store.
    func cursor() async throws(StoreFailure) -> BlockReference?
}

/// What a commit made of a transaction's messages.
package struct CommitResult: Sendable {
    /// The outbox rows of those that may leave, in order.
    package let rows: [OutboxRow]
    /// The volatile messages for whose purpose the store has another content: they are not stored and must not leave.
    package let refused: [OutboxMessage]

    /// Describes the outcome of a commit.
    package init(rows: [OutboxRow], refused: [OutboxMessage]) {
        self.rows = rows
        self.refused = refused
    }
}

/// A stored message with its row id.
package struct OutboxRow: Hashable, Sendable {
    package let id: UInt64
    package let message: OutboxMessage

    /// Describes a row.
    package init(id: UInt64, message: OutboxMessage) {
        self.id = id
        self.message = message
    }
}

/// Why the store refused.
package enum StoreFailure: Error, Hashable, Sendable {
    /// A second content for the purpose of a message that is not volatile: the first stands.
    case intentConflict(String)
    /// A write-once row was written again with other content.
    case writeOnce(String)
    /// The hash chain does not verify at this sequence.
    case broken(sequence: UInt64)
    /// An entry cannot be read by this build.
    case unreadable(sequence: UInt64)
    /// The store was written by a newer build.
    case newer
    /// The database is damaged; nothing was committed.
    case database(String)
    /// The file system refused the database; nothing was committed.
    case disk(String)
    /// The ledger has no entry of this sequence, or another one, and yet this node has spoken with it.
    case behindAnchor(sequence: UInt64)
    /// No slot of the ledger's anchor is sound.
    case anchorDamaged
    /// The ledger's anchor cannot be read or written: the commit may be on disk, and nothing of it is sent.
    case anchor(String)
}
