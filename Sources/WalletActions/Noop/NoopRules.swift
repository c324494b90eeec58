import Coordination

/// The no-op: nothing is to be done, and no owed redemption forbids it.
enum NoopRules: WalletActionRules {
    static let kind = ActionKind.noop

    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult {
        GenerationResult(proposal: .noop)
    }

    static func prepare(
        _ proposal: Proposal, at stage: RuleStage, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) { try facts.prepareWallet(context, and: []) }

    static func validate(
        _ proposal: Proposal, at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> ActionPlan { ActionPlan(.nothing, context) }
}
