package import Bitcoin
package import Coordination
package import Primitives
package import WalletActions

/// An action that a shell carries out for a ``NodeDriver`` once a transaction is on disk, in this order.
package enum NodeAction: Sendable {
    /// Put the rows that wait for a peer onto its link, as many as the link takes: ``NodeDriver/next(for:)``.
    case flush(EthereumAddress)
    /// Put bytes on these peers' links; arrival is not reported.
    case transmit(Bytes, MessageKind, to: [EthereumAddress])
    /// An event is on disk: tell the operator.
    case recorded(LedgerEvent)
    /// Ask the chains; answer with ``NodeInput/answered(_:_:)``.
    case read(EvaluationKey, [ChainQuery])
    /// Hand a signed transaction to Bitcoin.
    case publish(Transaction)
    /// Count a message that had no effect, or that did not leave.
    case dropped(Drop)
    /// An operator's link carried bytes that are not a message; count it against the link.
    case malformed(from: EthereumAddress)
    /// Feed the driver this input before all others.
    case tell(NodeInput)
    /// Feed the driver this input after those that already wait.
    case queue(NodeInput)
}
