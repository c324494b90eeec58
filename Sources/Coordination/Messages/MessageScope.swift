import Primitives

/// What a message belongs to, which says who may take it.
package enum MessageScope: Hashable, Sendable {
    /// A coordination window of a wallet.
    case window(WindowKey)
    /// The action under way in a wallet.
    case wallet(WalletPublicKeyHash)
    /// The node of an operator, whatever its wallets.
    case node

    /// A scope without the one that is meant.
    package enum Kind: String, Hashable, Sendable {
        case window, wallet, node
    }

    /// Reads from an envelope's header what it belongs to; nil where the header does not fit its kind: a message of a node
    /// names no wallet, no window and no seat, and every other one names a wallet.
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
