import Bitcoin
import Coordination
package import Primitives
package import Secp256k1
package import WalletActions

/// A wallet that a chain of our own pays at its start.
package struct FundedWallet: Sendable {
    package let identity: WalletIdentity
    /// The output that funds it.
    package let mainUTXO: MainUTXO

    /// Begins a Bitcoin chain whose first blocks pay an amount to each wallet, in order. There must be a wallet. `time` is
    /// the Unix time of the first block, in seconds.
    package static func chain(
        funding wallets: [WalletIdentity], with amount: Satoshis, time: UInt32,
        schnorr: any SchnorrVerification = CurveVerification()
    ) -> (wallets: [FundedWallet], bitcoin: BitcoinModel) {
        let outputs = wallets.map { TxOutput(value: amount, script: $0.outputScript) }
        var bitcoin = BitcoinModel(genesis: outputs[0], time: time, schnorr: schnorr)
        for output in outputs.dropFirst() { bitcoin.mine(paying: output) }
        let funded = zip(zip(wallets, outputs), bitcoin.blocks).map { paid, block in
            let outPoint = OutPoint(txid: block.transactions[0].txid, index: 0)
            return FundedWallet(identity: paid.0, mainUTXO: MainUTXO(outPoint: outPoint, output: paid.1))
        }
        return (funded, bitcoin)
    }

    /// The call that registers the wallet at the Bridge.
    package func registration(id: Hash32 = .zero) -> HostChainModel.Call {
        .register(identity.hash, id: id, mainUtxoHash: mainUTXO.hash)
    }

    /// The proof duty for the wallet's redemptions, which waits for so many confirmations.
    package func keeper(confirmations: UInt64) -> BridgeKeeper {
        BridgeKeeper(
            wallet: identity.hash, ownScript: identity.outputScript, mainUTXO: mainUTXO.outPoint,
            confirmations: confirmations)
    }
}
