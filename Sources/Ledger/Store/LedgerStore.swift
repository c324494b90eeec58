import Coordination
import Foundation
import GRDB
package import Node
package import Primitives

/// The durable store of a node: SQLite in one file, WAL, `synchronous=FULL`, one writer (durability-and-events.md §2).
///
/// A commit returns after its log is on disk. Every event is chained to the one before. It is projected into tables
/// whose keys enforce write-once and one digest an intent, so the database itself refuses a second content.
package actor LedgerStore: Store {
    /// The maximum bytes of the journal, because a member that floods this node fills its disk (docs/protocol/wire.md
    /// §9).
    package static let mostJournalBytes: Int64 = 256 << 20

    private let database: DatabasePool
    private var last: Head
    private var journal: JournalTable
    private var anchor: LedgerAnchor
    /// Whether the ledger has entries and no anchor: an earlier build wrote them, or the anchor was removed. The first
    /// commit with an event that needs the anchor makes it.
    package nonisolated let lacksAnchor: Bool

    /// Opens or makes the store in a file, with its anchor in another. The journal keeps the given number of host
    /// blocks, or fewer if they would exceed its maximum bytes.
    ///
    /// - Throws: ``StoreFailure`` if a file cannot be opened or made, for a ledger of a newer build, a ledger that is
    ///   behind its anchor, and a damaged anchor.
    package init(
        path: String, anchor anchorPath: String, journalBlocks: UInt64, journalBytes: Int64 = mostJournalBytes
    ) throws(StoreFailure) {
        do {
            try Self.keepPrivate(path)
            let anchor = try LedgerAnchor(path: anchorPath)
            self.anchor = anchor
            var configuration = Configuration()
            configuration.foreignKeysEnabled = true
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            database = try DatabasePool(path: path, configuration: configuration)
            // The pool has set NORMAL, under which a power cut can undo commits that have returned.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            if try database.read(LedgerSchema.migrator.hasBeenSuperseded) { throw StoreFailure.newer }
            try LedgerSchema.migrator.migrate(database)
            let (head, table) = try database.read { database in
                (
                    try Self.head(database),
                    try JournalTable(keeping: journalBlocks, within: journalBytes, in: database)
                )
            }
            (last, journal) = (head, table)
            lacksAnchor = anchor.newest == nil && head.sequence > 0
            try database.read { try Self.requireAnchored(anchor, in: $0) }
        } catch {
            throw StoreFailure(error)
        }
    }

    /// Refuses a ledger that lacks the anchor's entry, or has another entry at its place.
    static func requireAnchored(_ anchor: LedgerAnchor, in database: Database) throws {
        guard let mark = anchor.newest else { return }
        let hash = try Row.fetchOne(
            database, sql: "SELECT hash FROM events WHERE seq = ?", arguments: [Int64(clamping: mark.sequence)]
        )?.bytes("hash")
        guard hash == mark.hash.bytes else { throw StoreFailure.behindAnchor(sequence: mark.sequence) }
    }

    /// Gives the database, its log and its index mode 0600, whatever their present modes and the process's umask are.
    /// SQLite makes the log and the index with the mode of the database, and leaves existing ones as they are.
    private static func keepPrivate(_ path: String) throws(StoreFailure) {
        // An existing file is not opened, because closing it would release the locks that this process holds on it.
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 || errno == EEXIST else {
            throw .disk("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        if file >= 0 { close(file) }
        for suffix in ["", "-wal", "-shm"] where chmod(path + suffix, 0o600) != 0 && errno != ENOENT {
            throw .disk("\(path)\(suffix) cannot be given mode 0600: \(String(cString: strerror(errno)))")
        }
    }

    /// Commits a transaction, and then the anchor if one of its events needs it.
    ///
    /// - Throws: ``StoreFailure``. If the anchor cannot be written, the transaction is on disk; otherwise none of it
    ///   is.
    package func commit(_ transaction: LedgerTransaction) async throws(StoreFailure) -> CommitResult {
        let (head, before) = (last, journal)
        let result: CommitResult
        (result, last, journal) = try await perform { database in
            var journal = before
            try journal.write(
                transaction.journalEntries(after: head.sequence), at: transaction.cursor.number, in: database)
            let (result, newHead) = try Self.write(transaction, after: head, in: database)
            return (result, newHead, journal)
        }
        // The database is on disk, so the anchor is never ahead of it. Nothing is sent before both are on disk.
        if transaction.events.contains(where: \.speaks) {
            let (before, mark) = (anchor, LedgerAnchor.Mark(sequence: last.sequence, hash: last.hash))
            // It runs on the database's own thread, because waiting here for a slow disk would block other work.
            anchor = try await perform(inTransaction: false) { _ in
                var anchor = before
                try anchor.write(mark)
                return anchor
            }
        }
        return result
    }

    /// Folds every event, and reads the waiting outbox rows and the cursor.
    ///
    /// - Throws: ``StoreFailure`` for the first event that was altered or that this build cannot read, and if the
    ///   database cannot be read.
    package func start() async throws(StoreFailure) -> LedgerStart {
        try await perform { database in
            let (ledger, last) = try Self.fold(database)
            let stored = try Self.head(database)
            guard stored.sequence == last.sequence, stored.hash == last.hash else {
                throw StoreFailure.broken(sequence: last.sequence)
            }
            return LedgerStart(
                ledger: ledger, waiting: try Self.waiting(in: database), cursor: try Self.cursor(in: database))
        }
    }

    /// Every entry from a sequence on, oldest first, each with its hash checked.
    ///
    /// - Throws: ``StoreFailure`` for the first entry with a wrong hash, and if the database cannot be read.
    package func entries(from sequence: UInt64) async throws(StoreFailure) -> [LedgerEntry] {
        try await perform { try Self.entries(from: sequence, in: $0) }
    }

    /// The lines of the journal from a host block on, oldest first; older lines are deleted after a while.
    ///
    /// - Throws: ``StoreFailure`` if the database cannot be read.
    package func journal(from block: BlockNumber) async throws(StoreFailure) -> [JournalEntry] {
        try await perform { try Self.journal(from: block, in: $0) }
    }

    static func journal(from block: BlockNumber, in database: Database) throws -> [JournalEntry] {
        try Row.fetchAll(
            database, sql: "SELECT after, block, time, body FROM journal WHERE block >= ? ORDER BY id",
            arguments: [Int64(clamping: block.rawValue)]
        ).map { row in
            JournalEntry(
                after: UInt64(try row.int("after")), block: BlockNumber(UInt64(try row.int("block"))),
                time: UInt64(try row.int("time")), body: try row.bytes("body"))
        }
    }

    /// The writer's `synchronous` setting in SQLite's numbers: 2 is FULL.
    func synchronous() async throws(StoreFailure) -> Int? {
        try await perform { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }

    private func perform<Result: Sendable>(
        inTransaction: Bool = true, _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(StoreFailure) -> Result {
        do {
            return try await inTransaction ? database.write(body) : database.writeWithoutTransaction(body)
        } catch {
            throw StoreFailure(error)
        }
    }
}
