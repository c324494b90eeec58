package import Coordination
import Foundation
import Ledger
import Node
package import Primitives

/// Ends halts in the data directory of a stopped node (durability-and-events.md §1.1).
package enum WalletResuming {
    /// Ends the halts of all these wallets or of none, effective at the node's next start. Returns each halt's reason,
    /// in order.
    ///
    /// - Throws: ``DaemonFailure`` if no node has run or one is running, the ledger or a wallet file is refused, or a
    ///   wallet is not held or not halted.
    package static func resume(
        _ wallets: [WalletPublicKeyHash], _ configuration: DaemonConfiguration
    ) async throws(DaemonFailure) -> [RuleID] {
        let directory = configuration.directory
        guard FileManager.default.fileExists(atPath: directory.appending(component: "coord.db").path) else {
            throw DaemonFailure(
                .store, cause: "\(directory.path) holds no coord.db",
                fix: "name the configuration of a node that has run")
        }
        umask(0o077)
        let lock = try DirectoryLock(directory)
        defer { lock.release() }
        let (store, start) = try await Daemon.openStore(configuration)
        let held = try Daemon.heldWallets(configuration)
        var reasons: [RuleID] = []
        for wallet in wallets {
            guard let reason = start.ledger.halted[wallet] else {
                guard held.contains(wallet) else {
                    throw DaemonFailure(
                        usage: .walletUnknown, cause: "this node holds no wallet \(wallet)",
                        fix: held.isEmpty
                            ? "it holds none: name the configuration of the node that does"
                            : "it holds \(held.map(\.description).joined(separator: ", "))")
                }
                let halted = start.ledger.halted.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
                throw DaemonFailure(
                    usage: .walletNotHalted, cause: "wallet \(wallet) is not halted",
                    fix: halted.isEmpty ? "nothing is to be done" : "halted are \(halted.joined(separator: ", "))")
            }
            reasons.append(reason)
        }
        guard let cursor = start.cursor else { return reasons }
        do throws(StoreFailure) {
            _ = try await store.commit(LedgerTransaction(cursor: cursor, events: wallets.map { .haltEnded($0) }))
        } catch {
            throw Daemon.failure(of: error)
        }
        return reasons
    }
}
