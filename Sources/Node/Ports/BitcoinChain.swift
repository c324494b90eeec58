package import Bitcoin
package import WalletActions

/// The node's access to Bitcoin: reads, and the broadcast of transactions.
package protocol BitcoinChain: Sendable {
    /// Answers questions in their order, in as few requests as the source allows. It never throws: silence and
    /// malformed replies are answers too (``ChainAnswer/unavailable(_:)``).
    func answer(_ queries: [BitcoinQuery]) async -> [ChainAnswer]

    /// Hands a signed transaction to every source.
    func broadcast(_ transaction: Transaction) async -> BroadcastResult
}

extension BitcoinChain {
    /// Answers one question.
    package func answer(_ query: BitcoinQuery) async -> ChainAnswer { await answer([query])[0] }
}

/// The result of a broadcast.
package enum BroadcastResult: Hashable, Sendable {
    /// A source took the transaction, or already has it.
    case accepted
    /// Every source that answered refused it. The text is that of the first refusal; nothing is decided from it.
    case refused(String)
    /// No source answered in time: the transaction may have reached the network.
    case unknown
}
