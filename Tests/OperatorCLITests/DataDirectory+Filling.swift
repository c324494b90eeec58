import Coordination
import Daemon
import Foundation
import Ledger
import Node
import Primitives
import TestKit
import ThresholdSigning
import WalletActions

extension DataDirectory {
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
