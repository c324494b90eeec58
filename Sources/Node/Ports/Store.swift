package import Coordination

/// The durable store. Its own rules are a second lock on the machine's: write-once, one digest an intent.
package protocol Store: Sendable {
    /// Commits a transaction and returns once the log is on disk.
    /// - Throws: ``StoreFailure``; nothing of the transaction is on disk then, unless the failure says otherwise.
    func commit(_ transaction: LedgerTransaction) async throws(StoreFailure) -> CommitResult

    /// Reads in one pass what a process needs at its start, and verifies the chain of the events on the way.
    /// - Throws: ``StoreFailure``, for the first event that is not as it was written.
    func start() async throws(StoreFailure) -> LedgerStart
}

/// What the store holds for a process that starts.
package struct LedgerStart: Sendable {
    /// Folded from every event.
    package var ledger: LedgerState
    /// The rows that have not arrived at everybody and are not expired, oldest first, with the recipients that still wait.
    /// Volatile rows are never among them.
    package var waiting: [OutboxRow]
    /// The last host block handled; nil in a new store.
    package var cursor: BlockReference?

    /// Describes what is on disk; without arguments, a new store.
    package init(ledger: LedgerState = LedgerState(), waiting: [OutboxRow] = [], cursor: BlockReference? = nil) {
        self.ledger = ledger
        self.waiting = waiting
        self.cursor = cursor
    }
}

/// What a commit made of a transaction's messages.
package struct CommitResult: Sendable {
    /// The outbox rows of those that may leave, in order.
    package let rows: [OutboxRow]
    /// The volatile messages for whose purpose the store has another content: they are not stored and must not leave.
    package let refused: [OutboxMessage]

    /// Describes the outcome of a commit; without arguments, that of none.
    package init(rows: [OutboxRow] = [], refused: [OutboxMessage] = []) {
        self.rows = rows
        self.refused = refused
    }
}
