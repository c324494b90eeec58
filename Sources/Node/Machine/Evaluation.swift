import WalletActions

/// A question being answered: rules run over its facts until none is missing.
struct Evaluation: Sendable, Equatable {
    /// The facts read so far.
    var facts = ChainFacts()
    /// Whether a read is under way.
    var isReading = false

    /// Gives the facts to whoever changes them and puts them back.
    mutating func takeFacts() -> ChainFacts {
        defer { facts = ChainFacts() }
        return facts
    }

    /// Takes what was read.
    mutating func answered(_ answers: [(ChainQuery, ChainAnswer)]) {
        facts.insert(answers)
        isReading = false
    }
}
