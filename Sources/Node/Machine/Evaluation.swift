import WalletActions

/// A question being answered: rules run over its facts until none is missing.
struct Evaluation: Sendable, Equatable {
    /// The facts read so far.
    var facts = ChainFacts()
    /// Whether a read is under way.
    var isReading = false
}
