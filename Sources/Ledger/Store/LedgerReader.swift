import GRDB
package import Node

/// Reads the ledger of another process, beside its one writer.
package struct LedgerReader: Sendable {
    private let database: DatabaseQueue

    /// Opens a store for reading; it must exist.
    package init(path: String) throws(StoreFailure) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw .database("\(error)")
        }
    }

    /// Every entry from a sequence on, oldest first, each with its hash checked.
    package func entries(from sequence: UInt64) async throws(StoreFailure) -> [LedgerEntry] {
        do {
            return try await database.read { try LedgerStore.entries(from: sequence, in: $0) }
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .database("\(error)")
        }
    }
}
