import Bitcoin
import Coordination
import Ethereum
import Primitives

/// Validation of a redemption (wallet-actions.md §9.2, §9.3).
enum RedemptionRules {
    /// A redemption that passed: the transaction and the output it spends.
    struct Valid {
        let utxo: MainUTXO
        let transaction: RedemptionTransaction
    }

    /// What the contract says of a redemption, by its revert strings (contracts.md §5.2).
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

    /// Runs the rules of section 9.1 (2 to 6), 9.2 and 9.3 in order; the first that fails is thrown.
    static func validate(
        scripts: [Bytes], fee: UInt64, at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> Valid {
        let ready = try facts.requireReady(context)
        if stage == .execution { try facts.requireUnmoved(context) }
        guard let utxo = ready else { throw .fail(.redemptionMainUTXO, .invalid, found: "none") }
        try facts.prepareRequests(utxo, context)
        let conflicts = try conflicts(utxo, scripts: scripts, at: stage, context: context, facts: &facts)

        try validator(scripts: scripts, fee: fee, context: context, facts: &facts)
        let requests = try requests(scripts: scripts, context: context, facts: &facts)
        for script in scripts where !isPayable(Script(script), by: context.wallet) {
            throw .fail(.redemptionScript, .invalid, proposed: script)
        }
        let payments = zip(scripts, requests).map {
            RedemptionTransaction.Payment(script: Script($0), redeemable: $1.redeemable)
        }
        let transaction = try build(payments, fee: fee, utxo: utxo, context: context, facts: &facts)
        for conflict in conflicts where conflict.transaction.unsignedID != transaction.unsigned.unsignedID {
            throw conflict.stop
        }

        try checkTransaction(transaction, utxo: utxo, fee: fee)
        let vsize = transaction.size.vsize
        try checkLimits(fee, vsize: vsize, context.profile)
        if stage == .proposal { try checkBand(fee, vsize: vsize, requests: requests, context: context, facts: &facts) }
        return Valid(utxo: utxo, transaction: transaction)
    }

    /// Rules `wallet.busy` (its second half) and `wallet.agreement`: the transactions that spend the main UTXO already,
    /// here or on the chain. Those that pay other scripts fail the proposal at once; the rest may be the very
    /// transaction that is proposed, which its unsigned id tells once it is built.
    ///
    /// In execution a transaction on the chain may be our own: another operator can have signed it before we got here.
    private static func conflicts(
        _ utxo: MainUTXO, scripts: [Bytes], at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> [ConflictingSpend] {
        var conflicts = context.conflictingSpends(of: utxo.outPoint)
        let pays = { (conflict: ConflictingSpend) in
            RedemptionTransaction.scripts(paidBy: conflict.transaction, of: context.wallet) == scripts
        }
        if let other = conflicts.first(where: { !pays($0) }) { throw other.stop }
        // The very transaction may be agreed again only while it is not signed: then it is pushed.
        if stage == .proposal, let signed = context.signed(spending: utxo.outPoint) {
            throw .fail(.recordSigned, .view, proposed: utxo.outPoint.encoded, found: signed.id.unsigned.bytes)
        }
        if let inFlight = try facts.inFlight(utxo, context) {
            guard stage == .execution, pays(inFlight) else { throw inFlight.stop }
            conflicts.append(inFlight)
        }
        return conflicts
    }

    /// The validator's own word at the block that is read.
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

    /// Rule `redemption.event`: each request's latest event is settled and says what the Bridge says.
    ///
    /// The contract's own view decides whether a request is pending. An event that our index lacks, or an older one in
    /// its place, is a hole in the index: class U. An event that is there and not settled is on the chain: class I.
    private static func requests(
        scripts: [Bytes], context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> [RedemptionRequest] {
        let all = try facts.redemptionEvents(context)
        let events = scripts.map { script in all.last { $0.script == script } }
        let keys = zip(scripts, events).map { script, event in
            event?.key ?? ContractKeys.redemption(script: script, wallet: context.wallet.hash.hash)
        }
        try facts.prepare(keys.map { .host(.call(Bridge.PendingRedemptions($0), at: context.block.reference)) })
        var requests: [RedemptionRequest] = []
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

    /// Whether a redeemer may be paid by a script: one of the wallet's kinds, and not the wallet itself.
    static func isPayable(_ script: Script, by wallet: WalletIdentity) -> Bool {
        wallet.redeemerKinds.contains(script.kind) && !wallet.owns(script)
    }

    /// Rules `redemption.value` and `redemption.absorbed_fee`, and the transaction.
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

    /// Rules `tx.sum`, `tx.dust` and `tx.weight`.
    static func checkTransaction(
        _ transaction: RedemptionTransaction, utxo: MainUTXO, fee: UInt64
    ) throws(RuleStop) {
        let miners = fee.addingSaturating(transaction.change.absorbedValue)
        guard let difference = transaction.unsigned.fee(spent: [utxo.output])?.rawValue, difference == miners else {
            throw .fail(.txSum, .invalid, proposed: miners)
        }
        for output in transaction.unsigned.outputs {
            guard let limit = output.script.dustLimit, output.value.rawValue >= limit else {
                throw .fail(.txDust, .invalid, proposed: output.value.rawValue, found: output.script.dustLimit ?? 0)
            }
        }
        guard transaction.size.isStandard else {
            throw .fail(
                .txWeight, .invalid, proposed: transaction.size.weight, found: TransactionSize.standardWeightLimit)
        }
    }

    /// Rules `fee.floor` and `fee.ceiling`.
    private static func checkLimits(_ fee: UInt64, vsize: UInt64, _ profile: ProtocolProfile) throws(RuleStop) {
        let floor = profile.feeFloor.multipliedSaturating(by: vsize)
        guard fee >= floor else { throw .fail(.feeFloor, .invalid, proposed: fee, found: floor) }
        let ceiling = profile.feeCeiling.multipliedSaturating(by: vsize)
        guard fee <= ceiling else { throw .fail(.feeCeiling, .invalid, proposed: fee, found: ceiling) }
    }

    /// Rule `fee.band`: the fee against our own rates.
    private static func checkBand(
        _ fee: UInt64, vsize: UInt64, requests: [RedemptionRequest], context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let isUrgent = try isUrgent(requests, context: context, facts: &facts)
        let rates = try rates(urgent: isUrgent, context: context, facts: &facts)
        let low = rates.low(urgent: isUrgent).multipliedSaturating(by: vsize)
        guard fee >= low else { throw .fail(.feeBand, .view, proposed: fee, found: low) }
        let high = rates.high.multipliedSaturating(by: vsize)
        guard fee <= high else { throw .fail(.feeBand, .view, proposed: fee, found: high) }
    }

    /// Our own rates for the profile's target, or for one block where a request is urgent.
    static func rates(
        urgent: Bool, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> FeeRates {
        let quotes = try facts.feeQuotes(target: urgent ? 1 : context.profile.feeTarget)
        guard let rates = FeeRates(quotes: quotes, feeFloor: context.profile.feeFloor) else {
            throw .fail(.feeBand, .cannotTell, found: "no estimate")
        }
        return rates
    }

    /// Whether fewer than two windows' time is left before the last moment at which the validator agrees to a request.
    static func isUrgent(
        _ requests: [RedemptionRequest], context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> Bool {
        let timeout = UInt64(try facts.redemptionParameters(context).timeout)
        let margin = try facts.redemptionConstants(context).requestTimeoutSafetyMargin
        let soon = context.now.adding(context.windowSeconds.multipliedSaturating(by: 2))
        return requests.contains { $0.requestedAt.adding(timeout).subtracting(margin) < soon }
    }
}

extension RedemptionRequest {
    /// What the redeemer gets before the fee of the transaction.
    var redeemable: UInt64 { requestedAmount.subtractingFloored(treasuryFee) }
}

extension RedemptionRequestedEvent {
    /// Whether the event tells of the request that is pending.
    func tells(_ request: RedemptionRequest) -> Bool {
        requestedAmount == request.requestedAmount && treasuryFee == request.treasuryFee
            && txMaxFee == request.txMaxFee
    }
}

extension UInt64 {
    /// The difference; 0 where it would be negative.
    func subtractingFloored(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
