import Coordination

/// The rules of one kind of action. An action is a folder with one such type, and a line in ``ActionCatalogue``.
///
/// Code that actions share is beside them: the wallet and its main UTXO in `Wallet`, rules of every Bitcoin transaction
/// in `Transactions`.
protocol WalletActionRules {
    /// The action.
    static var kind: ActionKind { get }

    /// Looks for a proposal at the coordination block (wallet-actions.md §8).
    ///
    /// - Throws: ``RuleStop``.
    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult

    /// Reads together the first facts that the rules of a proposal need.
    ///
    /// - Throws: ``RuleStop/pending`` until they are read.
    static func prepare(
        _ proposal: Proposal, at stage: RuleStage, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop)

    /// Validates a proposal of this action in full (wallet-actions.md §9.1 from row 2 on, §9.2, §9.3) and builds its
    /// plan.
    ///
    /// - Throws: ``RuleStop`` with the first rule that fails.
    static func validate(
        _ proposal: Proposal, at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> ActionPlan
}
