/// Why an evaluation over facts stopped before its result.
package enum FactFailure: Error, Hashable, Sendable {
    /// Facts are missing: they stand in ``ChainFacts/missing`` and are to be read before the evaluation runs again.
    case pending
    /// A source cannot tell.
    case unavailable(ChainQuery, ChainAnswer.Unavailable)
}
