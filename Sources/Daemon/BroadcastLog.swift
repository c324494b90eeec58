package import Bitcoin
package import Node

/// Which results of broadcasts the operator was told: each once a transaction, although it is handed over again with each
/// block until it is settled.
package struct BroadcastLog: Sendable {
    /// The most transactions and results of one that are remembered; behind it the oldest are told again.
    private static let mostTransactions = 256
    private static let mostResults = 8

    private var told: [Txid: Set<BroadcastResult>] = [:]
    private var order: [Txid] = []

    /// Starts with nothing told.
    package init() {}

    /// Whether this result of this transaction is news.
    package mutating func isNews(_ result: BroadcastResult, of txid: Txid) -> Bool {
        if told[txid] == nil {
            if order.count == Self.mostTransactions { told[order.removeFirst()] = nil }
            order.append(txid)
        }
        guard told[txid, default: []].count < Self.mostResults else { return false }
        return told[txid, default: []].insert(result).inserted
    }
}
