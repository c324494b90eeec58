package import Bitcoin
package import Node

/// The broadcast results that were reported to the operator. Each result is reported once for a transaction, although
/// the transaction is broadcast again with each block until it is settled.
package struct BroadcastLog: Sendable {
    /// The maximum numbers of remembered transactions, and of results of one. The oldest transactions are forgotten
    /// first.
    private static let mostTransactions = 256
    private static let mostResults = 8

    private var told: [Txid: Set<BroadcastResult>] = [:]
    private var order: [Txid] = []

    /// Starts without reports.
    package init() {}

    /// Whether this result of this transaction was not reported yet.
    package mutating func isNews(_ result: BroadcastResult, of txid: Txid) -> Bool {
        if told[txid] == nil {
            if order.count == Self.mostTransactions { told[order.removeFirst()] = nil }
            order.append(txid)
        }
        guard told[txid, default: []].count < Self.mostResults else { return false }
        return told[txid, default: []].insert(result).inserted
    }
}
