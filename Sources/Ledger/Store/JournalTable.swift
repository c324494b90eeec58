import GRDB
import Node
import Primitives

/// The journal in the store: limited to a number of host blocks and a number of bytes (docs/protocol/wire.md §9).
///
/// It is a value beside its table. Its counts are those of the last commit; a transaction that is rolled back discards
/// its own counts.
struct JournalTable: Sendable {
    /// The bytes of a row besides its body: its numbers and its place in the index. The free space of its page is not
    /// counted. If all bodies are a little over half a page, the free space is as much again.
    static let rowBytes: Int64 = 64

    private let blocks: UInt64
    private let mostBytes: Int64
    /// The bytes of all rows.
    private var bytes: Int64
    /// The block before which every row was deleted.
    private var first: BlockNumber?

    /// Counts the existing rows.
    init(keeping blocks: UInt64, within mostBytes: Int64, in database: Database) throws {
        self.blocks = blocks
        self.mostBytes = mostBytes
        bytes = try Self.bytes(of: "journal", in: database)
    }

    /// Appends lines, the last of them at this block. Then deletes lines older than the kept number of blocks, once a
    /// block, and the oldest lines above the maximum number of bytes.
    mutating func write(_ lines: [JournalEntry], at block: BlockNumber, in database: Database) throws {
        guard !lines.isEmpty else { return }
        let insert = try database.cachedStatement(
            sql: "INSERT INTO journal (after, block, time, body) VALUES (?, ?, ?, ?)")
        for line in lines {
            try insert.execute(arguments: [
                Int64(clamping: line.after), Int64(clamping: line.block.rawValue), Int64(clamping: line.time),
                line.body.data,
            ])
            bytes += Int64(line.body.count) + Self.rowBytes
        }
        try forget(before: block.subtracting(blocks), in: database)
        try shrink(in: database)
    }

    private mutating func forget(before block: BlockNumber, in database: Database) throws {
        guard block != first else { return }
        let old: StatementArguments = [Int64(clamping: block.rawValue)]
        bytes -= try Self.bytes(of: "journal WHERE block < ?", old, in: database)
        try database.cachedStatement(sql: "DELETE FROM journal WHERE block < ?").execute(arguments: old)
        first = block
    }

    /// Deletes a step more than necessary, so that a flood does not cause a deletion at each commit.
    private mutating func shrink(in database: Database) throws {
        guard bytes > mostBytes else { return }
        let enough = mostBytes - mostBytes / 64
        var last: Int64 = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT id, LENGTH(body) AS length FROM journal ORDER BY id")
        while bytes > enough, let row = try rows.next() {
            last = try row.int("id")
            bytes -= try row.int("length") + Self.rowBytes
        }
        try database.cachedStatement(sql: "DELETE FROM journal WHERE id <= ?").execute(arguments: [last])
    }

    private static func bytes(
        of rows: String, _ arguments: StatementArguments = [], in database: Database
    ) throws -> Int64 {
        try Int64.fetchOne(
            database, sql: "SELECT IFNULL(SUM(LENGTH(body) + \(rowBytes)), 0) FROM \(rows)", arguments: arguments) ?? 0
    }
}
