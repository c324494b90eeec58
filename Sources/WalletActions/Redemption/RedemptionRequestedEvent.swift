package import Coordination
import Ethereum
package import Primitives

/// A `RedemptionRequested` event with its place on the chain (contracts.md §2.1).
package struct RedemptionRequestedEvent: Hashable, Sendable {
    package let block: BlockNumber
    package let logIndex: UInt64
    /// The key under which the Bridge holds the request (contracts.md §1.2).
    package let key: UInt256
    /// The redeemer's output script without its length byte.
    package let script: Bytes
    package let redeemer: EthereumAddress
    package let requestedAmount: UInt64
    package let treasuryFee: UInt64
    package let txMaxFee: UInt64

    /// Describes an event with its given key.
    init(
        block: BlockNumber, logIndex: UInt64, key: UInt256, script: Bytes, redeemer: EthereumAddress,
        requestedAmount: UInt64, treasuryFee: UInt64, txMaxFee: UInt64
    ) {
        self.block = block
        self.logIndex = logIndex
        self.key = key
        self.script = script
        self.redeemer = redeemer
        self.requestedAmount = requestedAmount
        self.treasuryFee = treasuryFee
        self.txMaxFee = txMaxFee
    }

    /// Describes an event of a wallet.
    package init(
        block: BlockNumber, logIndex: UInt64, wallet: WalletPublicKeyHash, script: Bytes, redeemer: EthereumAddress,
        requestedAmount: UInt64, treasuryFee: UInt64, txMaxFee: UInt64
    ) {
        self.init(
            block: block, logIndex: logIndex, key: ContractKeys.redemption(script: script, wallet: wallet.hash),
            script: script, redeemer: redeemer, requestedAmount: requestedAmount, treasuryFee: treasuryFee,
            txMaxFee: txMaxFee)
    }
}
