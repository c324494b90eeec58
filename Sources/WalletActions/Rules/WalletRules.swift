package import Coordination
import Ethereum
import Primitives

/// The rules of all actions that this build knows: no-op, heartbeat and redemption. Plain functions over facts.
package enum WalletRules {
    /// Looks for a proposal of an action at the coordination block (wallet-actions.md §8).
    package static func generate(
        _ action: ActionKind, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> GenerationResult {
        switch action {
        case .noop: return GenerationResult(proposal: .noop)
        case .heartbeat: return try HeartbeatRules.generate(context, facts: &facts)
        case .redemption:
            try facts.prepareWallet(context, and: [.bitcoin(.feeQuotes(target: context.profile.feeTarget))])
            return try RedemptionGeneration.generate(context, facts: &facts)
        case .depositSweep, .movingFunds, .movedFundsSweep: return GenerationResult(.actionNotBuilt)
        }
    }

    /// Validates a proposal in full at the coordination block (wallet-actions.md §9). Only ``FactFailure/pending``
    /// escapes.
    package static func validate(
        _ proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(FactFailure) -> ProposalCheck {
        do throws(RuleStop) {
            try shape(proposal, context.profile)
            try prepare(proposal, at: .proposal, context, facts: &facts)
            switch proposal {
            case .noop: break
            case .heartbeat(let message): try HeartbeatRules.validate(message, context: context, facts: &facts)
            case .redemption(let scripts, let fee):
                _ = try RedemptionRules.validate(
                    scripts: scripts, fee: fee, at: .proposal, context: context, facts: &facts)
            case .depositSweep, .movingFunds, .movedFundsSweep:
                throw .fail(.actionNotBuilt, .cannotTell, proposed: proposal.action.name)
            }
            try requireNothingOwed(by: proposal, context: context, facts: &facts)
            return .valid(
                block: context.block.reference, agreementSeats: context.group.agreementSeats(withoutMainUTXO: false))
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

    /// The wallet's main UTXO at the block of the context; nil where the Bridge says that there is none.
    package static func mainUTXO(
        _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> MainUTXO? { try facts.mainUTXO(context) }

    /// Runs the rules again at `begin` and builds what is to be signed (wallet-actions.md §10, steps 1 and 2).
    package static func assemble(
        _ proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> AssembledAction {
        try shape(proposal, context.profile)
        switch proposal {
        case .heartbeat(let message):
            try HeartbeatRules.validate(message, context: context, facts: &facts)
            return AssembledAction(heartbeat: message, wallet: context.wallet)
        case .redemption(let scripts, let fee):
            try prepare(proposal, at: .execution, context, facts: &facts)
            let valid = try RedemptionRules.validate(
                scripts: scripts, fee: fee, at: .execution, context: context, facts: &facts)
            return try AssembledAction(
                valid.transaction.unsigned, spent: [valid.utxo.output], proposal: proposal, fee: fee,
                wallet: context.wallet)
        case .noop, .depositSweep, .movingFunds, .movedFundsSweep:
            throw .fail(.actionNotBuilt, .cannotTell, proposed: proposal.action.name)
        }
    }

    /// Has read at once what the rules of a proposal begin with; nothing for an action that this build does not know.
    private static func prepare(
        _ proposal: Proposal, at stage: RuleStage, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let at = context.block.reference
        switch proposal {
        case .noop: try facts.prepareWallet(context, and: [])
        case .heartbeat(let message):
            try facts.prepareWallet(
                context, and: [.host(.call(HeartbeatRules.judgement(message, of: context.wallet), at: at))])
        case .redemption(let scripts, let fee):
            let judgement = RedemptionRules.judgement(scripts: scripts, fee: fee, of: context.wallet)
            let more: ChainQuery =
                switch stage {
                case .proposal: .bitcoin(.feeQuotes(target: context.profile.feeTarget))
                case .execution: .host(.block(context.window.start))
                }
            try facts.prepareWallet(context, and: [.host(.call(judgement, at: at)), more])
        case .depositSweep, .movingFunds, .movedFundsSweep: return
        }
    }

    /// Rule `checklist.owed`: a redemption whose deadline is near comes before everything else.
    static func requireNothingOwed(
        by proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let first: Bytes?
        do throws(RuleStop) {
            first = try RedemptionGeneration.owed(context, facts: &facts)
        } catch {
            // What we cannot tell, or what stands against a redemption now, owes nothing to anybody.
            guard case .failed = error else { throw error }
            return
        }
        guard let first else { return }
        if case .redemption(let scripts, _) = proposal, scripts.contains(first) { return }
        throw .fail(.checklistOwed, .view, proposed: proposal.action.name, found: first)
    }

    /// Rule `proposal.shape`: lengths, counts and amounts that mean something at all.
    private static func shape(_ proposal: Proposal, _ profile: ProtocolProfile) throws(RuleStop) {
        let fee: UInt64
        switch proposal {
        case .noop, .heartbeat: return
        case .redemption(let scripts, let amount):
            fee = amount
            guard UInt64(scripts.count) <= profile.redemptionLimit else {
                throw .fail(.proposalShape, .invalid, proposed: scripts.count, found: profile.redemptionLimit)
            }
            for script in scripts where !scriptLengths.contains(script.count) {
                throw .fail(.proposalShape, .invalid, proposed: script.count, found: scriptLengths.upperBound)
            }
        case .depositSweep(let deposits, let amount):
            fee = amount
            guard UInt64(deposits.count) <= profile.depositLimit else {
                throw .fail(.proposalShape, .invalid, proposed: deposits.count, found: profile.depositLimit)
            }
        case .movingFunds(_, let amount), .movedFundsSweep(_, _, let amount): fee = amount
        }
        guard Satoshis(fee) != nil else {
            throw .fail(.proposalShape, .invalid, proposed: fee, found: Satoshis.maximum.rawValue)
        }
    }

    /// The lengths that fit the one byte in which the contracts tell a script's length.
    private static let scriptLengths = 1...252
}
