import Primitives

/// The scope of a message, which decides its receiver.
package enum MessageScope: Hashable, Sendable {
    /// A coordination window of a wallet.
    case window(WindowKey)
    /// The current action of a wallet.
    case wallet(WalletPublicKeyHash)
    /// The node of an operator, whatever its wallets.
    case node

    /// The kind of a scope, without the wallet or window.
    package enum Kind: String, Hashable, Sendable {
        case window, wallet, node
    }

    /// Reads the scope from an envelope's header. Nil if the header does not fit its kind: a message of a node has no
    /// wallet, window or seat, and every other message has a wallet.
    package init?(_ header: EnvelopeHeader) {
        let isOfNode = header.kind.scope == .node
        guard isOfNode == (header.wallet == .none) else { return nil }
        switch header.kind.scope {
        case .window:
            self = .window(WindowKey(wallet: header.wallet, coordinationBlock: header.coordinationBlock))
        case .wallet: self = .wallet(header.wallet)
        case .node:
            guard header.coordinationBlock == BlockNumber(0), header.seat == .none else { return nil }
            self = .node
        }
    }
}
