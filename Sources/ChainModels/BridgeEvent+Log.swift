import Coordination
package import Ethereum
package import Primitives
import WalletActions

extension HostChainModel.BridgeEvent {
    /// The log of this event, as the Bridge at an address emits it.
    package func log(from bridge: EthereumAddress) -> EventLog {
        switch self {
        case .walletRegistered(let id, let wallet):
            Bridge.NewWalletRegistered(ecdsaWalletID: id, wallet: wallet.hash).log(from: bridge)
        case .redemptionRequested(let wallet, let event):
            Bridge.RedemptionRequested(
                wallet: wallet.hash, redeemerOutputScript: PrefixedScript(event.script), redeemer: event.redeemer,
                requestedAmount: event.requestedAmount, treasuryFee: event.treasuryFee, txMaxFee: event.txMaxFee
            ).log(from: bridge)
        case .redemptionsCompleted(let wallet, let transaction):
            Bridge.RedemptionsCompleted(wallet: wallet.hash, transaction: transaction).log(from: bridge)
        }
    }
}
