package import Coordination
import Primitives

/// The rules of all actions of this build. The common ones are here, the others in ``ActionCatalogue``. All are plain
/// functions over facts.
package enum WalletRules {
    /// Looks for a proposal of an action at the coordination block (wallet-actions.md §8).
    ///
    /// - Throws: ``RuleStop``.
    package static func generate(
        _ action: ActionKind, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> GenerationResult {
        guard let rules = ActionCatalogue.rules(of: action) else { return GenerationResult(.actionNotBuilt) }
        return try rules.generate(context, facts: &facts)
    }

    /// Validates a proposal in full at the coordination block (wallet-actions.md §9).
    ///
    /// - Throws: Only ``FactFailure/pending``.
    package static func validate(
        _ proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(FactFailure) -> ProposalCheck {
        do throws(RuleStop) {
            let plan = try plan(proposal, at: .proposal, context: context, facts: &facts)
            try requireNothingOwed(by: proposal, context: context, facts: &facts)
            return .valid(block: context.block.reference, agreementSeats: plan.agreementSeats)
        } catch {
            switch error {
            case .pending: throw .pending
            case .failed(let failure):
                return .failed(
                    ProposalCheck.Failure(
                        rule: failure.rule, failureClass: failure.failureClass, proposed: failure.proposed,
                        found: failure.found, block: context.block.reference))
            }
        }
    }

    /// The wallet's main UTXO at the block of the context; nil where the Bridge names none.
    ///
    /// - Throws: ``RuleStop``.
    package static func mainUTXO(
        _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> MainUTXO? { try facts.mainUTXO(context) }

    /// Runs the rules again at `begin` and builds the transaction or message to sign (wallet-actions.md §10, steps 1
    /// and 2).
    ///
    /// - Throws: ``RuleStop``; for an action that signs nothing, rule `action.not_built`.
    package static func assemble(
        _ proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> AssembledAction {
        switch try plan(proposal, at: .execution, context: context, facts: &facts).subject {
        case .message(let message):
            return AssembledAction(message: message, proposal: proposal, wallet: context.wallet)
        case .transaction(let transaction, let spent, let fee):
            return try AssembledAction(transaction, spent: spent, proposal: proposal, fee: fee, wallet: context.wallet)
        case .nothing: throw .fail(.actionNotBuilt, .cannotTell, proposed: proposal.action.name)
        }
    }

    /// Runs the rules of a proposal, except the rule of owed redemptions.
    private static func plan(
        _ proposal: Proposal, at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> ActionPlan {
        try ProposalShape.require(of: proposal, context.profile)
        guard let rules = ActionCatalogue.rules(of: proposal.action) else {
            throw .fail(.actionNotBuilt, .cannotTell, proposed: proposal.action.name)
        }
        try rules.prepare(proposal, at: stage, context, facts: &facts)
        return try rules.validate(proposal, at: stage, context: context, facts: &facts)
    }

    /// Rule `checklist.owed`: a redemption with a near deadline comes before everything else.
    static func requireNothingOwed(
        by proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let first: Bytes?
        do throws(RuleStop) {
            first = try RedemptionGeneration.owed(context, facts: &facts)
        } catch {
            // If our sources cannot answer, or a redemption is not possible now, none is owed.
            guard case .failed = error else { throw error }
            return
        }
        guard let first else { return }
        if case .redemption(let scripts, _) = proposal, scripts.contains(first) { return }
        throw .fail(.checklistOwed, .view, proposed: proposal.action.name, found: first)
    }
}
