package import WalletActions

/// The node's access to the host chain: the adapter agrees a head and answers questions at named blocks.
package protocol HostChain: Sendable {
    /// The blocks of the followed chain in order, starting with the head at the time of the call. Every height is
    /// delivered. The stream ends only when the adapter stops.
    func heads() -> AsyncStream<HeadEvent>

    /// Answers questions in their order, in as few requests as the source allows. It never throws: silence and
    /// malformed replies are answers too (``ChainAnswer/unavailable(_:)``).
    func answer(_ queries: [HostQuery]) async -> [ChainAnswer]
}

extension HostChain {
    /// Answers one question.
    package func answer(_ query: HostQuery) async -> ChainAnswer { await answer([query])[0] }
}

/// An event of the host chain's head, as the watcher reports it.
package enum HeadEvent: Hashable, Sendable {
    /// The next block; its parent is the block delivered last, unless a reorganisation was reported in between.
    case block(HostBlock)
    /// The blocks after `ancestor` are orphaned; the new branch's blocks follow one by one.
    case reorganised(ancestor: HostBlock, depth: UInt64)
}
