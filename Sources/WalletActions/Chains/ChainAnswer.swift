/// A chain's answer, or that our sources cannot answer.
package enum ChainAnswer: Hashable, Sendable {
    case host(HostAnswer)
    case bitcoin(BitcoinAnswer)
    /// Silence, staleness, contradiction, or a hole in the index: class U, never charged to an operator.
    case unavailable(Unavailable)

    /// The reason that a source could not answer.
    package enum Unavailable: String, Hashable, Sendable {
        /// No answer in time, or a transport error.
        case silent
        /// The source is behind, on another chain, or not yet in sync.
        case stale
        /// The source contradicts itself or its answer fails its check.
        case contradiction
        /// The source no longer has the data, or the index has a hole.
        case missing
    }
}
