package import Primitives

/// The key of a wallet's window.
package struct WindowKey: Hashable, Comparable, Sendable {
    package let wallet: WalletPublicKeyHash
    package let coordinationBlock: BlockNumber

    /// Makes the key from a wallet and the window's coordination block.
    package init(wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber) {
        self.wallet = wallet
        self.coordinationBlock = coordinationBlock
    }

    package static func < (left: WindowKey, right: WindowKey) -> Bool {
        (left.coordinationBlock, left.wallet) < (right.coordinationBlock, right.wallet)
    }
}
