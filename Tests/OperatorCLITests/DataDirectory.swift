import Coordination
import Daemon
import Foundation
import Ledger
import Node
import Primitives
import Testing
import ThresholdSigning
import WalletActions

/// A data directory with a configuration, as of a node that does not run.
struct DataDirectory {
    let url = FileManager.default.temporaryDirectory.appending(component: "directory-\(UUID().uuidString)")
    var configuration: String { url.appending(component: "coord.toml").path }

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let text = """
            [general]
            environment = "local"
            [storage]
            directory = "."
            [[host_chain.source]]
            name = "h"
            url = "http://127.0.0.1:1"
            [[bitcoin.source]]
            name = "b"
            url = "http://127.0.0.1:2"
            """
        try Data(text.utf8).write(to: url.appending(component: "coord.toml"))
    }

    /// Opens the ledger, or makes it.
    func store() throws -> LedgerStore {
        try LedgerStore(
            path: url.appending(component: "coord.db").path,
            anchor: url.appending(components: "run", "anchor").path, journalBlocks: 10)
    }

    /// Writes the file of a wallet, and gives its hash.
    func hold() throws -> WalletPublicKeyHash {
        var random = SystemRandom()
        let key = try DealtGroup(threshold: 1, seats: 1, random: &random).key
        let wallet = WalletIdentity(scheme: .taproot, publicKey: key.groupKey).hash
        let folder = url.appending(component: "wallets")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(WalletFile(dealt: key, seats: [EthereumAddress(hash160([1])).description]))
            .write(to: folder.appending(component: "\(wallet.hex).json"))
        return wallet
    }
}
