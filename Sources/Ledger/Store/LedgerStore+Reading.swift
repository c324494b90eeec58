import Coordination
import Foundation
import GRDB
import Node
import Primitives

/// Reads the database row by row, because a ledger of years does not fit in memory.
extension LedgerStore {
    /// Verifies the whole chain and folds its events; returns the last entry's place.
    ///
    /// - Throws: ``StoreFailure`` for the first entry that does not follow from the one before it, or is of a newer
    ///   build.
    static func fold(_ database: Database) throws -> (ledger: LedgerState, last: Head) {
        var ledger = LedgerState()
        var last: Head = (0, LedgerEntry.genesis)
        try forEachEntry(from: 1, in: database) { entry, hash in
            guard entry.sequence == last.sequence + 1, entry.previous == last.hash else {
                throw StoreFailure.broken(sequence: last.sequence + 1)
            }
            guard let event = try? LedgerEvent(decoding: entry.body) else {
                throw StoreFailure.unreadable(sequence: entry.sequence)
            }
            ledger.apply(event, at: entry.block)
            last = (entry.sequence, hash)
        }
        return (ledger, last)
    }

    static func entries(from sequence: UInt64, in database: Database) throws -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        try forEachEntry(from: sequence, in: database) { entry, _ in entries.append(entry) }
        return entries
    }

    /// Passes on every entry from a sequence on, oldest first, each with its hash, which is checked.
    private static func forEachEntry(
        from sequence: UInt64, in database: Database, _ body: (LedgerEntry, Hash32) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT seq, block, body, previous, hash FROM events WHERE seq >= ? ORDER BY seq",
            arguments: [Int64(clamping: sequence)])
        while let row = try rows.next() {
            let entry = LedgerEntry(
                sequence: UInt64(try row.int("seq")), block: BlockNumber(UInt64(try row.int("block"))),
                body: try row.bytes("body"), previous: try row.fixed("previous"))
            let hash = entry.hash
            guard try row.fixed("hash") == hash else { throw StoreFailure.broken(sequence: entry.sequence) }
            try body(entry, hash)
        }
    }

    static func head(_ database: Database) throws -> Head {
        guard let row = try Row.fetchOne(database, sql: "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1") else {
            return (0, LedgerEntry.genesis)
        }
        return (UInt64(try row.int("seq")), try row.fixed("hash"))
    }

    static func cursor(in database: Database) throws -> BlockReference? {
        guard let row = try Row.fetchOne(database, sql: "SELECT number, hash FROM cursor WHERE id = 1") else {
            return nil
        }
        return BlockReference(
            number: BlockNumber(UInt64(try row.int("number"))), hash: try row.fixed("hash"))
    }

    /// The rows that are not expired and not delivered to every recipient, with the recipients still waiting.
    static func waiting(in database: Database) throws -> [OutboxRow] {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT o.id, o.kind, o.envelope, o.expiry, r.recipient
                FROM outbox o JOIN outbox_recipients r ON r.row = o.id AND r.sent = 0
                WHERE o.envelope IS NOT NULL
                    AND o.expiry >= COALESCE((SELECT number FROM cursor WHERE id = 1), 0)
                ORDER BY o.id, r.recipient
                """)
        var waiting: [OutboxRow] = []
        while let row = try rows.next() {
            let id = UInt64(try row.int("id"))
            let recipient: EthereumAddress = try row.fixed("recipient")
            if let before = waiting.last, before.id == id {
                waiting[waiting.count - 1] = OutboxRow(
                    id: id, message: before.message.saying(to: before.message.recipients + [recipient]))
                continue
            }
            guard let kind = MessageKind(rawValue: UInt8(clamping: try row.int("kind"))) else {
                throw StoreFailure.database("outbox row \(id) has an unknown kind")
            }
            waiting.append(
                OutboxRow(
                    id: id,
                    message: OutboxMessage(
                        recipients: [recipient], kind: kind, envelope: try row.bytes("envelope"), intent: nil,
                        expiry: BlockNumber(UInt64(try row.int("expiry"))))))
        }
        return waiting
    }
}
