/// The reason that an evaluation over facts stopped before its result.
package enum FactFailure: Error, Hashable, Sendable {
    /// Facts are missing: ``ChainFacts/missing`` lists them, and they must be read before the evaluation runs again.
    case pending
    /// A source cannot answer.
    case unavailable(ChainQuery, ChainAnswer.Unavailable)
}
