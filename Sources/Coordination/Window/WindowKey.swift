package import Primitives

/// A window of a wallet.
package struct WindowKey: Hashable, Comparable, Sendable {
    package let wallet: WalletPublicKeyHash
    package let coordinationBlock: BlockNumber

    /// Names a wallet's window by its coordination block.
    package init(wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber) {
        self.wallet = wallet
        self.coordinationBlock = coordinationBlock
    }

    package static func < (left: WindowKey, right: WindowKey) -> Bool {
        (left.coordinationBlock, left.wallet) < (right.coordinationBlock, right.wallet)
    }
}
