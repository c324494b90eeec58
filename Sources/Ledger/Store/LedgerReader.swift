import GRDB
package import Node
import Primitives

/// Reads the ledger of another process beside its only writer.
package struct LedgerReader: Sendable {
    private let database: DatabaseQueue

    /// Opens an existing store for reading.
    ///
    /// - Throws: ``StoreFailure`` if there is no store, or it cannot be opened.
    package init(path: String) throws(StoreFailure) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreFailure(error)
        }
    }

    /// Every entry from a sequence on, oldest first, each with its hash checked.
    ///
    /// - Throws: ``StoreFailure`` for the first entry with a wrong hash, and if the database cannot be read.
    package func entries(from sequence: UInt64) async throws(StoreFailure) -> [LedgerEntry] {
        try await read { try LedgerStore.entries(from: sequence, in: $0) }
    }

    /// The whole ledger and the whole journal at one moment, oldest first.
    ///
    /// - Throws: ``StoreFailure`` for a ledger of a newer build, a ledger that is behind the anchor in the file, a
    ///   damaged anchor, the first entry with a wrong hash, and if a file cannot be read.
    package func everything(
        anchor path: String
    ) async throws(StoreFailure) -> (entries: [LedgerEntry], journal: [JournalEntry]) {
        // The anchor is read first: the running node writes it after the ledger.
        let anchor = try LedgerAnchor(path: path)
        return try await read { database in
            if try LedgerSchema.migrator.hasBeenSuperseded(database) { throw StoreFailure.newer }
            try LedgerStore.requireAnchored(anchor, in: database)
            return (
                try LedgerStore.entries(from: 1, in: database),
                try LedgerStore.journal(from: BlockNumber(0), in: database)
            )
        }
    }

    private func read<Result: Sendable>(
        _ body: @Sendable (Database) throws -> Result
    ) async throws(StoreFailure) -> Result {
        do {
            return try await database.read(body)
        } catch {
            throw StoreFailure(error)
        }
    }
}
