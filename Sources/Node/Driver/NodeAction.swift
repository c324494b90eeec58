package import Bitcoin
package import Coordination
package import Primitives
package import WalletActions

/// What a shell does for a ``NodeDriver`` once a transaction is on disk, in this order.
package enum NodeAction: Sendable {
    /// Put the rows that wait for a peer onto its link, as far as it takes them: ``NodeDriver/next(for:)``.
    case flush(EthereumAddress)
    /// Put bytes on these peers' links; nobody hears whether they arrive.
    case transmit(Bytes, MessageKind, to: [EthereumAddress])
    /// An event is on disk: tell the operator.
    case recorded(LedgerEvent)
    /// Ask the chains; answer with ``NodeInput/answered(_:_:)``.
    case read(EvaluationKey, [ChainQuery])
    /// Hand a signed transaction to Bitcoin.
    case publish(Transaction)
    /// Count a message that had no effect, or did not leave.
    case dropped(Drop)
    /// An operator's link carried bytes that are not a message; count it against the link.
    case malformed(from: EthereumAddress)
    /// Tell the driver this as the next input of all.
    case tell(NodeInput)
    /// Tell the driver this when what waits already is done.
    case queue(NodeInput)
}
