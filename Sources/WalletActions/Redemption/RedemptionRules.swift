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
        let isUrgent: Bool
    }

    /// What the contract says of a redemption, by its revert strings (contracts.md §5.2).
    private static let reverts: [String: RuleID] = [
        "Wallet is not in Live or MovingFunds state": "redemption.state",
        "Redemption below the min size": "redemption.min_size",
        "Redemption exceeds the max size": "redemption.max_size",
        "Proposed transaction fee cannot be zero": "redemption.fee_zero",
        "Proposed transaction fee is too high": "redemption.total_fee",
        "Not a pending redemption request": "redemption.not_pending",
        "Redemption request min age not achieved yet": "redemption.min_age",
        "Redemption request timeout safety margin is not preserved": "redemption.timeout_margin",
        "Proposed transaction per-request fee share is too high": "redemption.fee_share",
        "Duplicated request": "redemption.duplicate",
    ]

    /// Runs the rules of sections 9.1 (3 to 6), 9.2 and 9.3 in order. At execution the fee band is not asked for again,
    /// and the agreement of the chains comes last, since by then the transaction itself may be in the view.
    static func validate(
        scripts: [Bytes], fee: UInt64, context: ActionContext, facts: inout ChainFacts, isExecution: Bool = false
    ) throws(RuleStop) -> Valid {
        _ = try facts.tip()
        try requireIdle(context)
        guard let utxo = try facts.mainUTXO(context) else {
            throw .fail("redemption.main_utxo", .invalid, found: "none")
        }
        if !isExecution { try facts.requireAgreement(utxo) }
        try validator(scripts: scripts, fee: fee, context: context, facts: &facts)

        let requests = try requests(scripts: scripts, context: context, facts: &facts)
        for script in scripts {
            let kind = Script(script).kind
            guard context.wallet.redeemerKinds.contains(kind), !context.wallet.ownScripts.contains(Script(script))
            else {
                throw .fail("redemption.script", .invalid, proposed: script)
            }
        }
        let payments = zip(scripts, requests).map { script, request in
            RedemptionTransaction.Payment(
                script: Script(script), redeemable: request.requestedAmount.subtractingFloored(request.treasuryFee))
        }
        let transaction: RedemptionTransaction
        do throws(RedemptionTransaction.Failure) {
            transaction = try RedemptionTransaction(
                wallet: context.wallet, utxo: utxo, payments: payments, fee: fee, version: context.profile.txVersion,
                sequence: context.profile.inputSequence)
        } catch {
            switch error {
            case .value(let redeemable, let value):
                throw .fail("redemption.value", .invalid, proposed: redeemable, found: value)
            case .sum: throw .fail("tx.sum", .invalid, proposed: fee)
            }
        }
        let parameters = try facts.redemptionParameters(context)
        let withAbsorbed = fee.addingSaturating(transaction.absorbed)
        guard withAbsorbed <= parameters.txMaxTotalFee else {
            throw .fail(
                "redemption.absorbed_fee", .invalid, proposed: withAbsorbed, found: parameters.txMaxTotalFee)
        }
        if isExecution { try facts.requireAgreement(utxo, except: transaction.unsigned.unsignedID) }
        try requireUnlocked(transaction, utxo, context)
        try checkTransaction(transaction, utxo: utxo, fee: fee)
        let isUrgent = try urgent(requests, parameters: parameters, context: context, facts: &facts)
        try checkFee(
            fee, vsize: transaction.vsize, urgent: isUrgent, band: !isExecution, context: context, facts: &facts)
        return Valid(utxo: utxo, transaction: transaction, isUrgent: isUrgent)
    }

    /// Rule `wallet.busy`, its first half: no action of the wallet runs past `begin`.
    static func requireIdle(_ context: ActionContext) throws(RuleStop) {
        if let until = context.busyUntil, until > context.begin {
            throw .fail("wallet.busy", .view, proposed: context.begin.rawValue, found: until.rawValue)
        }
    }

    /// Rule `wallet.busy`, its second half: no other record locks the input past `begin`.
    private static func requireUnlocked(
        _ transaction: RedemptionTransaction, _ utxo: MainUTXO, _ context: ActionContext
    ) throws(RuleStop) {
        let unsigned = transaction.unsigned.unsignedID
        let locked = context.records.first { record in
            record.id.unsigned != unsigned
                && record.locks(utxo.outPoint, at: context.begin, signingMargin: context.profile.signingMargin)
        }
        if let locked { throw .fail("wallet.busy", .view, proposed: unsigned.bytes, found: locked.id.unsigned.bytes) }
    }

    /// The validator's own word at the block that is read.
    static func validator(
        scripts: [Bytes], fee: UInt64, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let query = HostQuery.validateRedemption(
            context.wallet.hash, scripts: scripts, fee: fee, at: context.block.read)
        switch try facts.host(query, rule: "redemption.validator") {
        case .valid: return
        case .reverted(.message(let text)):
            throw .fail(reverts[text] ?? "redemption.validator", .invalid, found: text)
        case .reverted(.panic(let code)): throw .fail("redemption.validator", .invalid, found: code)
        case .reverted(.data(let data)): throw .fail("redemption.validator", .invalid, found: data)
        default: throw .fail("redemption.validator", .cannotTell)
        }
    }

    /// Rule `redemption.event`: each request's latest event is settled and says what the Bridge says.
    private static func requests(
        scripts: [Bytes], context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> [RedemptionRequest] {
        let events = try facts.redemptionEvents(context)
        let keys = scripts.map { ContractKeys.redemption(script: $0, wallet: context.wallet.hash.hash) }
        try facts.prepare(keys.map { .host(.pendingRedemption(key: $0, at: context.block.read)) })
        var requests: [RedemptionRequest] = []
        for (script, key) in zip(scripts, keys) {
            let request = try facts.pendingRedemption(key, context)
            guard let event = events.last(where: { $0.script == script }) else {
                throw .fail("redemption.event", .invalid, proposed: script, found: "no settled event")
            }
            guard event.requestedAmount == request.requestedAmount, event.treasuryFee == request.treasuryFee,
                event.txMaxFee == request.txMaxFee
            else {
                throw .fail(
                    "redemption.event", .invalid, proposed: event.requestedAmount, found: request.requestedAmount)
            }
            requests.append(request)
        }
        return requests
    }

    /// Rules `tx.prevouts`, `tx.sum`, `tx.dust` and `tx.weight`.
    static func checkTransaction(
        _ transaction: RedemptionTransaction, utxo: MainUTXO, fee: UInt64
    ) throws(RuleStop) {
        let unsigned = transaction.unsigned
        guard let outputs = Satoshis.sum(unsigned.outputs.map(\.value)),
            let difference = utxo.output.value.subtracting(outputs)
        else { throw .fail("tx.sum", .invalid, proposed: fee) }
        guard difference.rawValue == fee.addingSaturating(transaction.absorbed) else {
            throw .fail("tx.sum", .invalid, proposed: fee, found: difference.rawValue)
        }
        for output in unsigned.outputs {
            guard let limit = output.script.dustLimit, output.value.rawValue >= limit else {
                throw .fail("tx.dust", .invalid, proposed: output.value.rawValue, found: output.script.dustLimit ?? 0)
            }
        }
        let weight = transaction.vsize.multipliedSaturating(by: 4)
        guard weight <= TransactionSize.standardWeightLimit,
            UInt64(unsigned.strippedBytes.count) >= TransactionSize.standardMinimumSize
        else {
            throw .fail("tx.weight", .invalid, proposed: weight, found: TransactionSize.standardWeightLimit)
        }
    }

    /// Rules `fee.floor`, `fee.ceiling` and `fee.band`.
    static func checkFee(
        _ fee: UInt64, vsize: UInt64, urgent: Bool, band: Bool, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let floor = context.profile.feeFloor.multipliedSaturating(by: vsize)
        guard fee >= floor else { throw .fail("fee.floor", .invalid, proposed: fee, found: floor) }
        let ceiling = context.profile.feeCeiling.multipliedSaturating(by: vsize)
        guard fee <= ceiling else { throw .fail("fee.ceiling", .invalid, proposed: fee, found: ceiling) }
        guard band else { return }
        let rates = try rates(urgent: urgent, context: context, facts: &facts)
        let low = rates.low(urgent: urgent).multipliedSaturating(by: vsize)
        let high = rates.high.multipliedSaturating(by: vsize)
        guard fee >= low else { throw .fail("fee.band", .view, proposed: fee, found: low) }
        guard fee <= high else { throw .fail("fee.band", .view, proposed: fee, found: high) }
    }

    /// Our own rates for the profile's target, or for one block where a request is urgent.
    static func rates(
        urgent: Bool, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> FeeRates {
        let quotes = try facts.feeQuotes(target: urgent ? 1 : context.profile.feeTarget)
        guard let rates = FeeRates(quotes: quotes, feeFloor: context.profile.feeFloor) else {
            throw .fail("fee.band", .cannotTell, found: "no estimate")
        }
        return rates
    }

    /// Whether fewer than two windows' time is left before the last moment at which the validator agrees to a request.
    static func urgent(
        _ requests: [RedemptionRequest], parameters: RedemptionParameters, context: ActionContext,
        facts: inout ChainFacts
    ) throws(RuleStop) -> Bool {
        let margin = try facts.redemptionConstants(context).requestTimeoutSafetyMargin
        let windows = (context.profile.frequency * context.profile.blockSeconds).multipliedSaturating(by: 2)
        return requests.contains { request in
            request.requestedAt.adding(parameters.timeout).subtracting(margin) < context.now.adding(windows)
        }
    }
}

extension UInt64 {
    /// The difference; 0 where it would be negative.
    func subtractingFloored(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
