package import Bitcoin

/// A question to Bitcoin: best chain plus mempool, as our own sources show them now (wallet-actions.md §2).
package enum BitcoinQuery: Hashable, Sendable {
    /// The tip of the best chain of an in-sync source.
    case tip
    /// A whole transaction and its place.
    case transaction(Txid)
    /// The unspent confirmed outputs that pay a script.
    case unspentOutputs(Script)
    /// The spender of an output, as the view shows it.
    case spender(of: OutPoint)
    /// Each in-sync source's fee estimate for a target of this many blocks.
    case feeQuotes(target: UInt64)
}
