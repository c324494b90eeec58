package import WalletActions

/// The host chain as the node reads it: the adapter agrees a head and answers questions at named blocks.
package protocol HostChain: Sendable {
    /// The blocks of the followed chain in order, from the head at the time of the call on. Every height is delivered.
    /// The stream ends only when the adapter stops.
    func heads() -> AsyncStream<HeadEvent>

    /// Answers questions in their order, in as few requests as the source allows; never throws, since silence and nonsense
    /// are answers too (``ChainAnswer/unavailable(_:)``).
    func answer(_ queries: [HostQuery]) async -> [ChainAnswer]
}

extension HostChain {
    /// Answers one question.
    package func answer(_ query: HostQuery) async -> ChainAnswer { await answer([query])[0] }
}

/// What the watcher tells of the head of the host chain.
package enum HeadEvent: Hashable, Sendable {
    /// The next block; its parent is the block delivered last, unless a reorganisation was told in between.
    case block(HostBlock)
    /// The blocks after `ancestor` are orphaned; the new branch's blocks follow one by one.
    case reorganised(ancestor: HostBlock, depth: UInt64)
}
