package import Coordination

/// The durable store. It enforces the machine's rules a second time: write-once rows, one digest for an intent.
package protocol Store: Sendable {
    /// Commits a transaction and returns once the log is on disk.
    /// - Throws: ``StoreFailure``. Nothing of the transaction is then on disk, unless the failure says otherwise.
    func commit(_ transaction: LedgerTransaction) async throws(StoreFailure) -> CommitResult

    /// Reads in one pass the data that a process needs at its start, and verifies the hash chain of the events on the
    /// way.
    /// - Throws: ``StoreFailure``, for the first event that was altered.
    func start() async throws(StoreFailure) -> LedgerStart
}

/// The store's content for a process that starts.
package struct LedgerStart: Sendable {
    /// The state folded from every event.
    package var ledger: LedgerState
    /// The unexpired rows that have not reached every recipient, oldest first, with the recipients that still wait.
    /// Volatile rows are never among them.
    package var waiting: [OutboxRow]
    /// The last host block handled; nil in a new store.
    package var cursor: BlockReference?

    /// Describes the data on disk; without arguments, a new store.
    package init(ledger: LedgerState = LedgerState(), waiting: [OutboxRow] = [], cursor: BlockReference? = nil) {
        self.ledger = ledger
        self.waiting = waiting
        self.cursor = cursor
    }
}

/// The result of a commit for a transaction's messages.
package struct CommitResult: Sendable {
    /// The outbox rows of the messages that may leave, in order.
    package let rows: [OutboxRow]
    /// The volatile messages refused because the store has another content for their purpose. They are not stored and
    /// must not leave.
    package let refused: [OutboxMessage]

    /// Describes the result of a commit; without arguments, that of a step without one.
    package init(rows: [OutboxRow] = [], refused: [OutboxMessage] = []) {
        self.rows = rows
        self.refused = refused
    }
}
