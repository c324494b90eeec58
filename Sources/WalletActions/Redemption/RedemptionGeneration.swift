import Bitcoin
import Coordination
import Ethereum
import Primitives

/// Generation of a redemption (wallet-actions.md §8, §8.1).
enum RedemptionGeneration {
    /// The number of times that a proposal is built again without the requests that the validator refuses.
    private static let retries = 3

    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult {
        guard let utxo = try facts.requireReady(context) else { return GenerationResult(.redemptionMainUTXO) }
        try facts.prepareRequests(utxo, context)
        if let inFlight = try facts.inFlight(utxo, context) { throw inFlight.stop }
        guard try facts.wallet(context).state.mayAct else { return GenerationResult(.redemptionState) }
        if let signed = context.signed(spending: utxo.outPoint) {
            return GenerationResult(.recordSigned, leftOut: signed.leftOut(of: context.wallet))
        }
        if let sticky = try sticky(utxo, context, facts: &facts) { return GenerationResult(proposal: sticky) }
        switch try search(utxo, context, facts: &facts) {
        case .pay(let taken, let fee, let leftOut):
            return GenerationResult(
                proposal: .redemption(scripts: taken.map(\.script), fee: fee), leftOut: leftOut)
        case .nothing(let reason, let leftOut):
            // With a request that we could not check, "nothing to do" would be a guess.
            guard !leftOut.contains(where: { $0.rule == ActionRule.redemptionUnsure.id }) else {
                throw .fail(.redemptionUnsure, .cannotTell)
            }
            return GenerationResult(reason, leftOut: leftOut)
        }
    }

    /// The owed request (rule `checklist.owed`): the first that our own search would pay, if its deadline is nearer
    /// than `owedWindows` windows; nil where there is none.
    static func owed(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> Bytes? {
        guard let utxo = try facts.requireReady(context) else { return nil }
        try facts.prepareRequests(utxo, context)
        guard case nil = try facts.inFlight(utxo, context), try facts.wallet(context).state.mayAct else { return nil }
        let near = context.now.adding(context.windowSeconds.multipliedSaturating(by: context.profile.owedWindows))
        // Candidates come in order of deadline. Mostly none is near, and nothing more is read.
        guard try !RedemptionCandidate.all(context, due: near, facts: &facts).candidates.isEmpty,
            case .pay(let taken, _, _) = try search(utxo, context, facts: &facts), let paid = taken.first,
            paid.deadline < near
        else { return nil }
        return paid.script
    }

    /// Builds the proposal of now, and checks it with the followers' rules. Where they refuse single requests, each is
    /// checked alone, and the proposal is built again without the refused ones.
    private static func search(
        _ utxo: MainUTXO, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> RedemptionChoice {
        var (candidates, leftOut) = try RedemptionCandidate.all(context, facts: &facts)
        var retriesLeft = retries
        while true {
            let choice = try RedemptionChoice(candidates, utxo: utxo, context: context, facts: &facts)
            guard case .pay(let taken, let fee, let unfit) = choice else {
                guard case .nothing(let reason, let unfit) = choice else { return choice }
                return .nothing(reason.explained(by: leftOut), leftOut: leftOut + unfit)
            }
            guard let refusal = try refusal(of: taken, fee: fee, context, facts: &facts) else {
                return .pay(taken, fee: fee, leftOut: leftOut + unfit)
            }
            let offenders =
                itemRules.contains(refusal) && retriesLeft > 0
                ? try offenders(among: taken, context, facts: &facts) : []
            guard !offenders.isEmpty else { return .nothing(refusal, leftOut: leftOut + unfit) }
            leftOut += offenders
            candidates.removeAll { candidate in offenders.contains { $0.key == candidate.key.hash } }
            retriesLeft -= 1
        }
    }

    /// The rule by which our own followers' code refuses a proposal in class I; nil if it is valid. Failures that
    /// depend on our view, or on sources that cannot answer, are thrown.
    private static func refusal(
        of taken: [RedemptionCandidate], fee: UInt64, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> ActionRule? {
        do throws(RuleStop) {
            _ = try RedemptionRules.validate(
                .redemption(scripts: taken.map(\.script), fee: fee), at: .proposal, context: context, facts: &facts)
            return nil
        } catch {
            guard case .failed(let failure) = error, failure.failureClass == .invalid,
                let rule = ActionRule(rawValue: failure.rule.name)
            else { throw error }
            return rule
        }
    }

    /// The rules by which the validator refuses single requests: rows 6 on of contracts.md §5.2, and any other revert.
    private static let itemRules: Set<ActionRule> = [
        .redemptionNotPending, .redemptionMinAge, .redemptionTimeoutMargin, .redemptionFeeShare, .redemptionDuplicate,
        .redemptionValidator,
    ]

    /// Checks each request alone with a fee of 1; gives those that the validator refuses, or about which it gives no
    /// answer.
    private static func offenders(
        among taken: [RedemptionCandidate], _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> [LeftOut] {
        try facts.prepare(
            taken.map {
                let judgement = RedemptionRules.judgement(scripts: [$0.script], fee: 1, of: context.wallet)
                return .host(.call(judgement, at: context.block.reference))
            })
        var offenders: [LeftOut] = []
        for candidate in taken {
            do throws(RuleStop) {
                try RedemptionRules.validator(scripts: [candidate.script], fee: 1, context: context, facts: &facts)
            } catch {
                guard case .failed(let failure) = error else { throw error }
                let isRefused = failure.failureClass == .invalid
                offenders.append(
                    LeftOut(key: candidate.key, rule: isRefused ? failure.rule : ActionRule.redemptionUnsure.id))
            }
        }
        return offenders
    }

    /// The sticky rule (section 8): the items and fee of a released transaction that expired unseen are tried first. So
    /// its digests, and its signatures, stay the same. The latest of several; nil where none is valid now.
    private static func sticky(
        _ utxo: MainUTXO, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> Proposal? {
        let expired = context.records.filter { record in
            record.action == .redemption && record.state == .expired(released: true)
                && record.inputs.contains { $0.outPoint == utxo.outPoint }
        }
        for record in expired.sorted(by: { ($0.coordinationBlock, $0.id) > ($1.coordinationBlock, $1.id) }) {
            guard let transaction = record.transaction else { continue }
            let scripts = RedemptionTransaction.scripts(paidBy: transaction, of: context.wallet)
            let proposal = Proposal.redemption(scripts: scripts, fee: record.fee)
            do throws(RuleStop) {
                let plan = try RedemptionRules.validate(proposal, at: .proposal, context: context, facts: &facts)
                // Other amounts would give other digests.
                guard case .transaction(let built, _, _) = plan.subject, built.unsignedID == record.id.unsigned else {
                    continue
                }
                try WalletRules.requireNothingOwed(by: proposal, context: context, facts: &facts)
                return proposal
            } catch {
                // A guess here could add a second set of signatures to the first.
                guard case .failed(let failure) = error, failure.failureClass != .cannotTell else { throw error }
            }
        }
        return nil
    }
}

extension ActionRecord {
    /// The requests that a signed transaction already pays.
    fileprivate func leftOut(of wallet: WalletIdentity) -> [LeftOut] {
        guard let transaction else { return [] }
        return RedemptionTransaction.scripts(paidBy: transaction, of: wallet).map { script in
            LeftOut(
                key: ContractKeys.redemption(script: script, wallet: wallet.hash.hash), rule: ActionRule.recordSigned.id
            )
        }
    }
}

extension ActionRule {
    /// The reason that there is nothing to pay, from the requests left out. A timeout that the validator cannot add
    /// makes the whole action impossible.
    fileprivate func explained(by leftOut: [LeftOut]) -> ActionRule {
        guard self == .redemptionNone,
            leftOut.contains(where: { $0.rule == ActionRule.redemptionTimeoutOverflow.id })
        else { return self }
        return .redemptionTimeoutOverflow
    }
}
