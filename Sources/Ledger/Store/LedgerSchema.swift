import Foundation
import GRDB
import Primitives

/// The tables of `coord.db`. Table and column names are stored, so they never change (durability-and-events.md DU8).
enum LedgerSchema {
    /// The schema steps, each in a transaction of its own (durability-and-events.md ST7).
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for statement in first { try database.execute(sql: statement) }
        }
        migrator.registerMigration("2") { database in
            try database.execute(
                sql: """
                    CREATE TABLE journal (
                        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, after INTEGER NOT NULL, block INTEGER NOT NULL,
                        time INTEGER NOT NULL, body BLOB NOT NULL) STRICT
                    """)
            try database.execute(sql: "CREATE INDEX journal_blocks ON journal (block)")
        }
        migrator.registerMigration("3") { database in
            try database.execute(sql: "CREATE INDEX outbox_expiry ON outbox (expiry)")
            try database.execute(sql: "CREATE INDEX outbox_intents ON outbox (intent) WHERE intent IS NOT NULL")
        }
        migrator.registerMigration("4", migrate: dropSecondCopies)
        return migrator
    }

    /// Removes second copies: only the events hold bodies. The tables with unique keys hold digests, which refuse a
    /// second content.
    private static func dropSecondCopies(_ database: Database) throws {
        for table in ["verdicts", "evidence"] { try database.execute(sql: "DROP TABLE \(table)") }
        try database.execute(sql: "ALTER TABLE votes DROP COLUMN envelope")
        let tables = [
            ("record_steps", [("wallet", "BLOB"), ("record", "BLOB"), ("step", "INTEGER")]),
            ("attempts", [("job", "BLOB"), ("attempt", "INTEGER"), ("step", "INTEGER")]),
        ]
        for (table, keys) in tables {
            let names = keys.map(\.0).joined(separator: ", ")
            let columns = keys.map { "\($0.0) \($0.1) NOT NULL" }.joined(separator: ", ")
            try database.execute(sql: "ALTER TABLE \(table) RENAME TO \(table)_before")
            try database.execute(
                sql: """
                    CREATE TABLE \(table) (\(columns), digest BLOB NOT NULL, PRIMARY KEY (\(names))) STRICT, WITHOUT ROWID
                    """)
            let rows = try Row.fetchCursor(database, sql: "SELECT \(names), body FROM \(table)_before")
            while let row = try rows.next() {
                var values: [DatabaseValue] = keys.map { row[$0.0] }
                values.append(sha256(try row.bytes("body")).data.databaseValue)
                try database.execute(
                    sql: "INSERT INTO \(table) (\(names), digest) VALUES (?, ?, ?, ?)",
                    arguments: StatementArguments(values))
            }
            try database.execute(sql: "DROP TABLE \(table)_before")
            for statement in writeOnce(table) { try database.execute(sql: statement) }
        }
    }

    private static let first: [String] =
        [
            """
            CREATE TABLE events (
                seq INTEGER PRIMARY KEY NOT NULL, block INTEGER NOT NULL, body BLOB NOT NULL,
                previous BLOB NOT NULL, hash BLOB NOT NULL) STRICT
            """,
            """
            CREATE TABLE window_seeds (
                wallet BLOB NOT NULL, window INTEGER NOT NULL, hash BLOB NOT NULL,
                PRIMARY KEY (wallet, window)) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE votes (
                wallet BLOB NOT NULL, window INTEGER NOT NULL, digest BLOB NOT NULL, envelope BLOB NOT NULL,
                PRIMARY KEY (wallet, window)) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE verdicts (
                id BLOB PRIMARY KEY NOT NULL, wallet BLOB NOT NULL, window INTEGER NOT NULL, sender BLOB NOT NULL,
                envelope BLOB NOT NULL) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE record_steps (
                wallet BLOB NOT NULL, record BLOB NOT NULL, step INTEGER NOT NULL, body BLOB NOT NULL,
                PRIMARY KEY (wallet, record, step)) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE attempts (
                job BLOB NOT NULL, attempt INTEGER NOT NULL, step INTEGER NOT NULL, body BLOB NOT NULL,
                PRIMARY KEY (job, attempt, step)) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE evidence (
                id BLOB PRIMARY KEY NOT NULL, culprit BLOB NOT NULL, kind INTEGER NOT NULL,
                body BLOB NOT NULL) STRICT, WITHOUT ROWID
            """,
            "CREATE TABLE intents (name TEXT PRIMARY KEY NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID",
            """
            CREATE TABLE outbox (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL,
                envelope BLOB, intent TEXT, expiry INTEGER NOT NULL) STRICT
            """,
            """
            CREATE TABLE outbox_recipients (
                row INTEGER NOT NULL REFERENCES outbox (id), recipient BLOB NOT NULL, sent INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (row, recipient)) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX outbox_waiting ON outbox_recipients (row) WHERE sent = 0",
            """
            CREATE TABLE cursor (
                id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1), number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT
            """,
        ] + ["events", "window_seeds", "votes", "verdicts", "record_steps", "attempts", "evidence"].flatMap(writeOnce)

    /// Refuses UPDATE and DELETE of a table's rows (durability-and-events.md DU9).
    private static func writeOnce(_ table: String) -> [String] {
        ["UPDATE", "DELETE"].map { verb in
            """
            CREATE TRIGGER \(table)_no_\(verb.lowercased()) BEFORE \(verb) ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table) is write-once'); END
            """
        }
    }
}
