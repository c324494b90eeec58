package import Bitcoin
package import Coordination
import Ethereum
import Primitives

/// Stands in for the proof duty: completes a redemption at the Bridge once it has enough confirmations on Bitcoin. The
/// Bridge then has the change as the wallet's main UTXO.
package struct BridgeKeeper: Sendable {
    private let wallet: WalletPublicKeyHash
    private let ownScript: Script
    private let confirmations: UInt64
    private var mainUTXO: OutPoint

    /// Watches the spending of a wallet's main UTXO.
    package init(wallet: WalletPublicKeyHash, ownScript: Script, mainUTXO: OutPoint, confirmations: UInt64) {
        self.wallet = wallet
        self.ownScript = ownScript
        self.mainUTXO = mainUTXO
        self.confirmations = confirmations
    }

    /// The call that completes a redemption, once one has enough confirmations and is not yet completed.
    package mutating func call(_ bitcoin: BitcoinModel) -> HostChainModel.Call? {
        guard let txid = bitcoin.confirmedSpender(of: mainUTXO), let (height, transaction) = bitcoin.confirmed(txid),
            UInt64(bitcoin.height - height + 1) >= confirmations
        else { return nil }
        let scripts = transaction.outputs.map(\.script).filter { $0 != ownScript }.map(\.bytes)
        var hash = Hash32.zero
        if let index = transaction.outputs.firstIndex(where: { $0.script == ownScript }) {
            mainUTXO = OutPoint(txid: txid, index: UInt32(index))
            hash = ContractKeys.mainUtxoHash(
                transaction: txid.hash, index: UInt32(index), value: transaction.outputs[index].value.rawValue)
        } else {
            // There is no UTXO left to spend. The null outpoint never has a spender.
            mainUTXO = .null
        }
        return .complete(wallet, scripts: scripts, mainUtxoHash: hash, transaction: txid.hash)
    }
}
