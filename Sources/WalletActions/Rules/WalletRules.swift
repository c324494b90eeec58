package import Bitcoin
package import Coordination
package import Primitives

/// What looking for a proposal of one action gave, with the items that were left out.
package struct GenerationResult: Hashable, Sendable {
    /// The proposal; nil where there is nothing to do.
    package let proposal: Proposal?
    /// Why there is none.
    package let reason: RuleID?
    package let leftOut: [LeftOut]

    init(proposal: Proposal, leftOut: [LeftOut]) {
        self.proposal = proposal
        reason = nil
        self.leftOut = leftOut
    }

    init(_ reason: RuleID, leftOut: [LeftOut] = []) {
        proposal = nil
        self.reason = reason
        self.leftOut = leftOut
    }
}

/// An item that was left out of a proposal, and under which rule.
package struct LeftOut: Hashable, Sendable {
    /// The item's key on the host chain.
    package let key: Hash32
    package let rule: RuleID
}

/// An agreed action, built from the proposal and the chains alone (wallet-actions.md §10).
package struct AssembledAction: Hashable, Sendable {
    /// What is signed for one input.
    package struct Input: Hashable, Sendable {
        /// nil for a heartbeat.
        package let outPoint: OutPoint?
        /// nil for a heartbeat.
        package let spent: TxOutput?
        package let message: Hash32
    }

    package let wallet: WalletIdentity
    package let proposal: Proposal
    package let fee: UInt64
    /// The identity before signing: `hash256` without witness and with empty input scripts; a heartbeat's digest.
    package let unsignedID: Hash32
    /// The unsigned transaction; nil for a heartbeat.
    package let transaction: Transaction?
    package let inputs: [Input]

    /// The unsigned bytes: the transaction's, or the heartbeat's message.
    package var unsignedBytes: Bytes {
        if let transaction { return transaction.encoded }
        if case .heartbeat(let message) = proposal { return message }
        return []
    }
}

/// The rules of all actions that this build knows: no-op, heartbeat and redemption. Plain functions over facts.
package enum WalletRules {
    /// Looks for a proposal of an action at the coordination block (wallet-actions.md §8).
    package static func generate(
        _ action: ActionKind, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> GenerationResult {
        switch action {
        case .noop: return GenerationResult(proposal: .noop, leftOut: [])
        case .heartbeat: return try HeartbeatRules.generate(context, facts: &facts)
        case .redemption: return try RedemptionGeneration.generate(context, facts: &facts)
        case .depositSweep, .movingFunds, .movedFundsSweep: return GenerationResult("action.not_built")
        }
    }

    /// Validates a proposal in full at the coordination block (wallet-actions.md §9). Only ``RuleStop/pending`` escapes.
    package static func validate(
        _ proposal: Proposal, context: ActionContext, facts: inout ChainFacts
    ) throws(FactFailure) -> ProposalCheck {
        do throws(RuleStop) {
            try shape(proposal, context.profile)
            switch proposal {
            case .noop: break
            case .heartbeat(let message): try HeartbeatRules.validate(message, context: context, facts: &facts)
            case .redemption(let scripts, let fee):
                _ = try RedemptionRules.validate(
                    scripts: scripts, fee: fee, context: context, facts: &facts)
            case .depositSweep, .movingFunds, .movedFundsSweep:
                throw .fail("action.not_built", .cannotTell, found: proposal.action.name)
            }
            try owed(proposal, context: context, facts: &facts)
            return .valid(
                block: context.block.read, agreementSeats: context.group.agreementSeats(withoutMainUTXO: false))
        } catch {
            switch error {
            case .pending: throw .pending
            case .failed(let failure):
                return .failed(
                    ProposalCheck.Failure(
                        rule: failure.rule, failureClass: failure.failureClass, proposed: failure.proposed,
                        found: failure.found, block: context.block.read))
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
            let digest = hash256(message)
            return AssembledAction(
                wallet: context.wallet, proposal: proposal, fee: 0, unsignedID: digest, transaction: nil,
                inputs: [AssembledAction.Input(outPoint: nil, spent: nil, message: digest)])
        case .redemption(let scripts, let fee):
            let valid = try RedemptionRules.validate(
                scripts: scripts, fee: fee, context: context, facts: &facts, isExecution: true)
            return try assembled(
                valid.transaction.unsigned, spent: [valid.utxo.output], proposal: proposal, fee: fee, context: context)
        case .noop, .depositSweep, .movingFunds, .movedFundsSweep:
            throw .fail("action.not_built", .view, found: proposal.action.name)
        }
    }

    /// The digests of a transaction's inputs in order, by the wallet's kind of key.
    package static func assembled(
        _ transaction: Transaction, spent: [TxOutput], proposal: Proposal, fee: UInt64, context: ActionContext
    ) throws(RuleStop) -> AssembledAction {
        var inputs: [AssembledAction.Input] = []
        do throws(SighashFailure) {
            let digests = try Sighash(transaction, spent: spent)
            for (index, input) in transaction.inputs.enumerated() {
                let message = try digests.digest(input: index)
                inputs.append(AssembledAction.Input(outPoint: input.outPoint, spent: spent[index], message: message))
            }
        } catch {
            throw .fail("tx.prevouts", .cannotTell, found: "\(error)")
        }
        return AssembledAction(
            wallet: context.wallet, proposal: proposal, fee: fee, unsignedID: transaction.unsignedID,
            transaction: transaction, inputs: inputs)
    }

    /// Rule `proposal.shape`: lengths, counts and amounts that mean something at all.
    private static func shape(_ proposal: Proposal, _ profile: ProtocolProfile) throws(RuleStop) {
        let fee: UInt64
        switch proposal {
        case .noop, .heartbeat: return
        case .redemption(let scripts, let amount):
            fee = amount
            guard UInt64(scripts.count) <= profile.redemptionLimit else {
                throw .fail("proposal.shape", .invalid, proposed: scripts.count, found: profile.redemptionLimit)
            }
            for script in scripts where !(1...252).contains(script.count) {
                throw .fail("proposal.shape", .invalid, proposed: script.count, found: 252)
            }
        case .depositSweep(let deposits, let amount):
            fee = amount
            guard UInt64(deposits.count) <= profile.depositLimit else {
                throw .fail("proposal.shape", .invalid, proposed: deposits.count, found: profile.depositLimit)
            }
        case .movingFunds(_, let amount), .movedFundsSweep(_, _, let amount): fee = amount
        }
        guard Satoshis(fee) != nil else {
            throw .fail("proposal.shape", .invalid, proposed: fee, found: Satoshis.maximum.rawValue)
        }
    }

    /// Rule `checklist.owed`: a redemption whose deadline is near comes before everything else.
    private static func owed(
        _ proposal: Proposal, context: ActionContext, facts: inout ChainFacts
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
        throw .fail("checklist.owed", .view, proposed: proposal.action.name, found: first)
    }
}
