import Coordination
import GRDB
import Node
import Primitives
import WalletActions

extension LedgerStore {
    typealias Head = (sequence: UInt64, hash: Hash32)

    /// Writes a transaction after the head of the chain; an error rolls all of it back.
    static func write(
        _ transaction: LedgerTransaction, after head: Head, in database: Database
    ) throws -> (result: CommitResult, head: Head) {
        var head = head
        for event in transaction.events {
            let entry = LedgerEntry(
                sequence: head.sequence + 1, block: transaction.cursor.number, body: event.encoded,
                previous: head.hash)
            try database.execute(
                sql: "INSERT INTO events (seq, block, body, previous, hash) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    Int64(entry.sequence), Int64(clamping: entry.block.rawValue), entry.body.data,
                    entry.previous.data, entry.hash.data,
                ])
            try project(event, body: entry.body, in: database)
            head = (entry.sequence, entry.hash)
        }
        var rows: [OutboxRow] = []
        var refused: [OutboxMessage] = []
        for message in transaction.outbox {
            if try isNews(message, in: database) {
                rows.append(try enqueue(message, in: database))
            } else {
                refused.append(message)
            }
        }
        try mark(transaction.delivered, in: database)
        if let block = transaction.forgets { try forget(before: block, in: database) }
        try database.execute(
            sql: """
                INSERT INTO cursor (id, number, hash) VALUES (1, ?, ?)
                ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash
                """,
            arguments: [Int64(clamping: transaction.cursor.number.rawValue), transaction.cursor.hash.data])
        return (CommitResult(rows: rows, refused: refused), head)
    }

    /// Projects an event into the table whose key keeps it from being contradicted.
    private static func project(_ event: LedgerEvent, body: Bytes, in database: Database) throws {
        switch event {
        case .windowSeeded(let key, let seedHash):
            try insertOnce(
                "window_seeds", keys: key.columns, values: [("hash", seedHash.data)], in: database)
        case .voted(let key, let vote, _):
            try insertOnce("votes", keys: key.columns, values: [("digest", vote.digest.data)], in: database)
        case .record(let record):
            try insertOnce(
                "record_steps",
                keys: [
                    ("wallet", record.wallet.data), ("record", record.id.unsigned.data), ("step", Int64(record.step)),
                ], values: [("digest", sha256(body).data)], in: database)
        case .attempt(let step):
            try insertOnce(
                "attempts",
                keys: [
                    ("job", step.job.data), ("attempt", Int64(clamping: step.attempt)),
                    ("step", Int64(step.step.order)),
                ], values: [("digest", sha256(body).data)], in: database)
        case .booted, .reorganised, .envelopeKept, .fault, .proposalRepeated, .rejected, .searched, .handedOver, .ended,
            .faultDecided, .signingEnded, .halted, .haltEnded:
            break
        }
    }

    /// Inserts a row. The same row again changes nothing; another row under the same key is refused.
    private static func insertOnce(
        _ table: String, keys: [(String, any DatabaseValueConvertible)],
        values: [(String, any DatabaseValueConvertible)], in database: Database
    ) throws {
        let match = keys.map { "\($0.0) = ?" }.joined(separator: " AND ")
        let before = try Row.fetchOne(
            database, sql: "SELECT \(values.map(\.0).joined(separator: ", ")) FROM \(table) WHERE \(match)",
            arguments: StatementArguments(keys.map(\.1)))
        if let before {
            let same = values.indices.allSatisfy { index in
                let stored: DatabaseValue = before[index]
                return stored == values[index].1.databaseValue
            }
            guard same else { throw StoreFailure.writeOnce(table) }
            return
        }
        let columns = keys + values
        try database.execute(
            sql: """
                INSERT INTO \(table) (\(columns.map(\.0).joined(separator: ", ")))
                VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
                """,
            arguments: StatementArguments(columns.map(\.1)))
    }

    /// Whether the content of a message is the only one for its purpose. If another content was stored before, a
    /// volatile message is left out. Any other message fails the commit, because its events would be false (DU6).
    private static func isNews(_ message: OutboxMessage, in database: Database) throws -> Bool {
        guard let intent = message.intent else { return true }
        let before = try Row.fetchOne(
            database, sql: "SELECT digest FROM intents WHERE name = ?", arguments: [intent.name])
        if let before {
            let digest: Hash32 = try before.fixed("digest")
            guard digest == intent.digest || message.isVolatile else { throw StoreFailure.intentConflict(intent.name) }
            return digest == intent.digest
        }
        try database.execute(
            sql: "INSERT INTO intents (name, digest) VALUES (?, ?)", arguments: [intent.name, intent.digest.data])
        return true
    }

    /// Marks rows as delivered, so that they are not sent again after a restart.
    private static func mark(_ delivered: [EthereumAddress: [UInt64]], in database: Database) throws {
        guard !delivered.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: "UPDATE outbox_recipients SET sent = 1 WHERE row = ? AND recipient = ?")
        for (recipient, rows) in delivered {
            for row in rows { try statement.execute(arguments: [Int64(row), recipient.data]) }
        }
    }

    /// The maximum number of outbox rows that one transaction deletes, so that a node that was down for long is not
    /// held up at its first block.
    private static let mostForgotten = 1_024

    /// Deletes outbox rows that expired before a block, with their recipients and with the intents that no other row
    /// uses (durability-and-events.md §2).
    private static func forget(before block: BlockNumber, in database: Database) throws {
        let old = try Row.fetchAll(
            database, sql: "SELECT id, intent FROM outbox WHERE expiry < ? ORDER BY expiry LIMIT \(mostForgotten)",
            arguments: [Int64(clamping: block.rawValue)])
        guard !old.isEmpty else { return }
        let recipients = try database.cachedStatement(sql: "DELETE FROM outbox_recipients WHERE row = ?")
        let row = try database.cachedStatement(sql: "DELETE FROM outbox WHERE id = ?")
        let intent = try database.cachedStatement(
            sql: "DELETE FROM intents WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE intent = ?1)")
        for entry in old {
            let id = try entry.int("id")
            try recipients.execute(arguments: [id])
            try row.execute(arguments: [id])
            if let name = String.fromDatabaseValue(entry["intent"]) { try intent.execute(arguments: [name]) }
        }
    }

    /// Stores a message with its recipients.
    private static func enqueue(_ message: OutboxMessage, in database: Database) throws -> OutboxRow {
        try database.execute(
            sql: "INSERT INTO outbox (kind, digest, envelope, intent, expiry) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                Int64(message.kind.rawValue), sha256(message.envelope).data,
                message.isVolatile ? nil : message.envelope.data, message.intent?.name,
                Int64(clamping: message.expiry.rawValue),
            ])
        let id = database.lastInsertedRowID
        for recipient in message.recipients {
            try database.execute(
                sql: "INSERT INTO outbox_recipients (row, recipient) VALUES (?, ?)", arguments: [id, recipient.data])
        }
        return OutboxRow(id: UInt64(id), message: message)
    }
}
