import Bitcoin
import Coordination
import Ethereum
import Primitives

/// A redemption: the wallet pays pending requests from its main UTXO (wallet-actions.md §5.3, §8.1, §9.2).
enum RedemptionRules: WalletActionRules {
    static let kind = ActionKind.redemption

    /// The rules of the contract's refusals of a redemption, by revert string (contracts.md §5.2).
    private static let reverts: [String: ActionRule] = [
        "Wallet is not in Live or MovingFunds state": .redemptionState,
        "Redemption below the min size": .redemptionMinSize,
        "Redemption exceeds the max size": .redemptionMaxSize,
        "Proposed transaction fee cannot be zero": .redemptionFeeZero,
        "Proposed transaction fee is too high": .redemptionTotalFee,
        "Not a pending redemption request": .redemptionNotPending,
        "Redemption request min age not achieved yet": .redemptionMinAge,
        "Redemption request timeout safety margin is not preserved": .redemptionTimeoutMargin,
        "Proposed transaction per-request fee share is too high": .redemptionFeeShare,
        "Duplicated request": .redemptionDuplicate,
    ]

    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult {
        try facts.prepareWallet(context, and: [.bitcoin(.feeQuotes(target: context.profile.feeTarget))])
        return try RedemptionGeneration.generate(context, facts: &facts)
    }

    static func prepare(
        _ proposal: Proposal, at stage: RuleStage, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let (scripts, fee) = content(of: proposal)
        let judgement = judgement(scripts: scripts, fee: fee, of: context.wallet)
        let more: ChainQuery =
            switch stage {
            case .proposal: .bitcoin(.feeQuotes(target: context.profile.feeTarget))
            case .execution: .host(.block(context.window.start))
            }
        try facts.prepareWallet(context, and: [.host(.call(judgement, at: context.block.reference)), more])
    }

    static func validate(
        _ proposal: Proposal, at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> ActionPlan {
        let (scripts, fee) = content(of: proposal)
        let ready = try facts.requireReady(context)
        if stage == .execution { try facts.requireUnmoved(context) }
        guard let utxo = ready else { throw .fail(.redemptionMainUTXO, .invalid, found: "none") }
        try facts.prepareRequests(utxo, context)
        let conflicts = try facts.conflicts(over: utxo, at: stage, context) {
            RedemptionTransaction.scripts(paidBy: $0, of: context.wallet) == scripts
        }

        try validator(scripts: scripts, fee: fee, context: context, facts: &facts)
        let requests = try requests(scripts: scripts, context: context, facts: &facts)
        for script in scripts where !isPayable(Script(script), by: context.wallet) {
            throw .fail(.redemptionScript, .invalid, proposed: script)
        }
        let payments = zip(scripts, requests).map {
            RedemptionTransaction.Payment(script: Script($0), redeemable: $1.redeemable)
        }
        let transaction = try build(payments, fee: fee, utxo: utxo, context: context, facts: &facts)
        try conflicts.require(transaction.unsigned)

        try TransactionRules.check(
            transaction.unsigned, spent: [utxo.output], size: transaction.size,
            miners: fee.addingSaturating(transaction.change.absorbedValue))
        let vsize = transaction.size.vsize
        try FeeRules.checkLimits(fee, vsize: vsize, context.profile)
        if stage == .proposal {
            let urgent = try isUrgent(requests, context: context, facts: &facts)
            try FeeRules.checkBand(fee, vsize: vsize, urgent: urgent, context: context, facts: &facts)
        }
        return ActionPlan(.transaction(transaction.unsigned, spent: [utxo.output], fee: fee), context)
    }

    private static func content(of proposal: Proposal) -> (scripts: [Bytes], fee: UInt64) {
        guard case .redemption(let scripts, let fee) = proposal else {
            preconditionFailure("the catalogue gives an action's rules to its proposals alone")
        }
        return (scripts, fee)
    }

    /// Asks for the validator's judgement at the block that is read.
    static func validator(
        scripts: [Bytes], fee: UInt64, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        try facts.requireValid(
            judgement(scripts: scripts, fee: fee, of: context.wallet), at: context.block.reference, reverts: reverts,
            otherwise: .redemptionValidator)
    }

    /// The question to the validator.
    static func judgement(
        scripts: [Bytes], fee: UInt64, of wallet: WalletIdentity
    ) -> WalletProposalValidator.ValidateRedemptionProposal {
        WalletProposalValidator.ValidateRedemptionProposal(
            WalletProposalValidator.RedemptionProposal(
                wallet: wallet.hash.hash, redeemersOutputScripts: scripts.map { PrefixedScript($0) },
                redemptionTxFee: UInt256(fee)))
    }

    /// Rule `redemption.event`: each request's latest event is settled and matches the Bridge's request.
    ///
    /// The contract's own view decides whether a request is pending. If our index lacks the event, or has an older one
    /// in its place, the index has a hole: class U. An event that is present and not settled is on the chain: class I.
    private static func requests(
        scripts: [Bytes], context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> [Bridge.RedemptionRequest] {
        let all = try facts.redemptionEvents(context)
        let events = scripts.map { script in all.last { $0.script == script } }
        let keys = zip(scripts, events).map { script, event in
            event?.key ?? ContractKeys.redemption(script: script, wallet: context.wallet.hash.hash)
        }
        try facts.prepare(keys.map { .host(.call(Bridge.PendingRedemptions($0), at: context.block.reference)) })
        var requests: [Bridge.RedemptionRequest] = []
        for (index, key) in keys.enumerated() {
            let request = try facts.pendingRedemption(key, context)
            guard let event = events[index] else {
                throw .fail(.redemptionEvent, .cannotTell, proposed: scripts[index], found: "no event")
            }
            guard event.block <= context.settled else {
                throw .fail(
                    .redemptionEvent, .invalid, proposed: event.block.rawValue, found: context.settled.rawValue)
            }
            guard event.tells(request) else {
                throw .fail(
                    .redemptionEvent, .cannotTell, proposed: event.requestedAmount, found: request.requestedAmount)
            }
            requests.append(request)
        }
        return requests
    }

    /// Whether a redeemer may be paid to a script: the script is of an allowed kind, and does not pay the wallet
    /// itself.
    static func isPayable(_ script: Script, by wallet: WalletIdentity) -> Bool {
        wallet.redeemerKinds.contains(script.kind) && !wallet.owns(script)
    }

    /// Checks rules `redemption.value` and `redemption.absorbed_fee`, and builds the transaction.
    private static func build(
        _ payments: [RedemptionTransaction.Payment], fee: UInt64, utxo: MainUTXO, context: ActionContext,
        facts: inout ChainFacts
    ) throws(RuleStop) -> RedemptionTransaction {
        let limit = try facts.redemptionParameters(context).txMaxTotalFee
        do throws(RedemptionTransaction.Failure) {
            return try RedemptionTransaction(
                wallet: context.wallet, utxo: utxo, payments: payments, fee: fee, feeLimit: limit,
                version: context.profile.txVersion, sequence: context.profile.inputSequence)
        } catch {
            switch error {
            case .value(let redeemable, let value):
                throw .fail(.redemptionValue, .invalid, proposed: redeemable, found: value)
            case .fee(let total, let limit):
                throw .fail(.redemptionAbsorbedFee, .invalid, proposed: total, found: limit)
            case .output(let redeemable, let share):
                throw .fail(.txSum, .invalid, proposed: share, found: redeemable)
            case .amount(let amount): throw .fail(.txSum, .invalid, proposed: amount)
            }
        }
    }

    /// Whether less than two windows' time is left before the last moment at which the validator accepts a request.
    static func isUrgent(
        _ requests: [Bridge.RedemptionRequest], context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> Bool {
        let timeout = UInt64(try facts.redemptionParameters(context).timeout)
        let margin = try facts.redemptionConstants(context).requestTimeoutSafetyMargin
        let soon = context.now.adding(context.windowSeconds.multipliedSaturating(by: 2))
        return requests.contains { $0.requestedAt.adding(timeout).subtracting(margin) < soon }
    }
}

extension Bridge.RedemptionRequest {
    /// The redeemer's amount before the fee of the transaction.
    var redeemable: UInt64 { requestedAmount.subtractingFloored(treasuryFee) }
}

extension RedemptionRequestedEvent {
    /// Whether the event matches the pending request.
    func tells(_ request: Bridge.RedemptionRequest) -> Bool {
        requestedAmount == request.requestedAmount && treasuryFee == request.treasuryFee
            && txMaxFee == request.txMaxFee
    }
}

extension UInt64 {
    /// The difference; 0 where it would be negative.
    func subtractingFloored(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
