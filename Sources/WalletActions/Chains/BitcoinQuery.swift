package import Bitcoin

/// A question to Bitcoin: best chain plus mempool as our own sources show them now (wallet-actions.md §2).
package enum BitcoinQuery: Hashable, Sendable {
    /// The tip of the best chain of an in-sync source.
    case tip
    /// A whole transaction and where it is.
    case transaction(Txid)
    /// The unspent confirmed outputs that pay a script.
    case unspentOutputs(Script)
    /// What the view shows as the spender of an output.
    case spender(of: OutPoint)
    /// Each in-sync source's fee estimate for a target of that many blocks.
    case feeQuotes(target: UInt64)
}

/// What Bitcoin says to a ``BitcoinQuery``, case by case.
package enum BitcoinAnswer: Hashable, Sendable {
    case tip(BitcoinTip)
    /// nil: the sources agree not to know it.
    case transaction(LocatedTransaction?)
    case unspentOutputs([UnspentOutput])
    case spender(OutputSpender)
    case feeQuotes([FeeQuote])
}

/// The tip of the best chain.
package struct BitcoinTip: Hashable, Sendable {
    package let height: UInt32
    package let hash: BlockHash

    /// Describes a tip.
    package init(height: UInt32, hash: BlockHash) {
        self.height = height
        self.hash = hash
    }
}

/// A transaction, checked against its txid, and where the view shows it.
package struct LocatedTransaction: Hashable, Sendable {
    package let transaction: Transaction
    package let place: TransactionPlace

    /// Joins a transaction and its place.
    package init(transaction: Transaction, place: TransactionPlace) {
        self.transaction = transaction
        self.place = place
    }
}

/// Where a transaction is.
package enum TransactionPlace: Hashable, Sendable {
    case mempool
    /// In a block of the best chain, shown by a merkle branch; confirmations = tip height - height + 1.
    case block(height: UInt32, hash: BlockHash, confirmations: UInt32)

    /// How many confirmations that is; 0 in the mempool.
    package var confirmations: UInt32 {
        switch self {
        case .mempool: 0
        case .block(_, _, let confirmations): confirmations
        }
    }
}

/// An unspent confirmed output.
package struct UnspentOutput: Hashable, Sendable {
    package let outPoint: OutPoint
    package let output: TxOutput
    package let height: UInt32

    /// Describes an unspent output.
    package init(outPoint: OutPoint, output: TxOutput, height: UInt32) {
        self.outPoint = outPoint
        self.output = output
        self.height = height
    }
}

/// What spends an output, as far as the view shows.
package enum OutputSpender: Hashable, Sendable {
    /// The output exists, and nothing spends it.
    case unspent
    /// A transaction spends it.
    case spent(by: LocatedTransaction)
    /// The sources agree that there is no such output, or never was one that they can show.
    case noSuchOutput
}

/// A source's view of fees, in whole sat/vB rounded up.
package struct FeeQuote: Hashable, Sendable {
    /// nil where the source has no estimate.
    package let estimate: UInt64?
    /// The rate below which the source's mempool takes nothing.
    package let mempoolMinimum: UInt64

    /// Describes a source's rates.
    package init(estimate: UInt64?, mempoolMinimum: UInt64) {
        self.estimate = estimate
        self.mempoolMinimum = mempoolMinimum
    }
}
