import Primitives
package import WalletActions

/// A question being answered by running rules over facts until none is missing.
struct Evaluation: Sendable, Equatable {
    /// The facts read so far.
    var facts = ChainFacts()
    /// Whether a read is under way.
    var isReading = false

    /// Runs the rules; gives their result, or nil and the questions to ask first.
    mutating func run<Result>(
        _ rules: (inout ChainFacts) throws(FactFailure) -> Result, unavailable: (ChainQuery) -> Result
    ) -> (result: Result?, ask: [ChainQuery]) {
        do throws(FactFailure) {
            return (try rules(&facts), [])
        } catch {
            switch error {
            case .pending:
                isReading = true
                return (nil, facts.missing)
            case .unavailable(let query, _):
                return (unavailable(query), [])
            }
        }
    }
}
