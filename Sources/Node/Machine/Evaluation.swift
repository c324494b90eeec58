import WalletActions

/// A question in progress: rules run over its facts until no fact is missing.
struct Evaluation: Sendable, Equatable {
    /// The facts read so far.
    var facts = ChainFacts()
    /// Whether a read is under way.
    var isReading = false

    /// Gives the facts to the caller, which changes them and puts them back.
    mutating func takeFacts() -> ChainFacts {
        defer { facts = ChainFacts() }
        return facts
    }

    /// Adds the answers of a read.
    mutating func answered(_ answers: [(ChainQuery, ChainAnswer)]) {
        facts.insert(answers)
        isReading = false
    }
}
