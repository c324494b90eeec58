package import Bitcoin

/// A transaction, checked against its txid, with its place in the view.
package struct LocatedTransaction: Hashable, Sendable {
    package let transaction: Transaction
    package let place: TransactionPlace

    /// Joins a transaction and its place.
    package init(transaction: Transaction, place: TransactionPlace) {
        self.transaction = transaction
        self.place = place
    }
}

/// The place of a transaction.
package enum TransactionPlace: Hashable, Sendable {
    case mempool
    /// The transaction is in a block of the best chain, shown by a merkle branch; confirmations = tip height - height +
    /// 1.
    case block(height: UInt32, hash: BlockHash, confirmations: UInt32)

    /// The number of confirmations; 0 in the mempool.
    package var confirmations: UInt32 {
        switch self {
        case .mempool: 0
        case .block(_, _, let confirmations): confirmations
        }
    }
}
