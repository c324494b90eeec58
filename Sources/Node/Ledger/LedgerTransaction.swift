package import Coordination
package import Primitives

/// The changes of some inputs of the node. When a commit returns, all of it is on disk or none of it
/// (durability-and-events.md DU1).
package struct LedgerTransaction: Hashable, Sendable {
    /// The last host block handled, with its hash.
    package var cursor: BlockReference
    /// The events, in order.
    package var events: [LedgerEvent]
    /// The messages to send, in order.
    package var outbox: [OutboxMessage]
    /// The machine's inputs since the previous transaction, with those of this one, and the messages that it sends.
    package var journal: [JournalLine]
    /// The outbox rows that have arrived since then, by recipient: they are not sent again after a restart.
    package var delivered: [EthereumAddress: [UInt64]] = [:]
    /// Outbox rows that expired before this block, and their intents, may be deleted (durability-and-events.md §2).
    package var forgets: BlockNumber?

    /// A line of the journal before it has its place: milliseconds of the process's clock, the encoding of the step,
    /// and the number of the transaction's events before it.
    package struct JournalLine: Hashable, Sendable {
        package let time: UInt64
        package let after: Int
        package let body: Bytes

        /// Describes a line.
        package init(time: UInt64, after: Int = 0, body: Bytes) {
            self.time = time
            self.after = after
            self.body = body
        }
    }

    /// The lines of the journal in their places, given the sequence of the ledger's last event before this transaction.
    package func journalEntries(after sequence: UInt64) -> [JournalEntry] {
        journal.map { line in
            JournalEntry(
                after: sequence + UInt64(line.after), block: cursor.number, time: line.time, body: line.body)
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
