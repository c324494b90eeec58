package import Bitcoin
package import WalletActions

/// Bitcoin as the node reads it, and the door through which transactions leave.
package protocol BitcoinChain: Sendable {
    /// Answers questions in their order, in as few requests as the source allows; never throws, since silence and nonsense
    /// are answers too (``ChainAnswer/unavailable(_:)``).
    func answer(_ queries: [BitcoinQuery]) async -> [ChainAnswer]

    /// Hands a signed transaction to every source.
    func broadcast(_ transaction: Transaction) async -> BroadcastResult
}

extension BitcoinChain {
    /// Answers one question.
    package func answer(_ query: BitcoinQuery) async -> ChainAnswer { await answer([query])[0] }
}

/// What became of a broadcast.
package enum BroadcastResult: Hashable, Sendable {
    /// A source took it, or has it already.
    case accepted
    /// Every source that answered refused it; the text of the first refusal, which decides nothing.
    case refused(String)
    /// No source answered in time: it may or may not have reached the network.
    case unknown
}
