import Bitcoin
import Coordination
import Ethereum
import Primitives

/// Generation of a redemption (wallet-actions.md §8, §8.1).
enum RedemptionGeneration {
    /// A pending request with its keys.
    private struct Candidate {
        let key: UInt256
        let script: Bytes
        let request: RedemptionRequest
        let deadline: UInt64

        var redeemable: UInt64 { request.requestedAmount.subtractingFloored(request.treasuryFee) }
    }

    /// How often offenders that the validator names are left out before the action is given up.
    private static let attempts = 3

    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult {
        _ = try facts.tip()
        try RedemptionRules.requireIdle(context)
        guard let utxo = try facts.mainUTXO(context) else { return GenerationResult("redemption.main_utxo") }
        if let sticky = try sticky(utxo, context, facts: &facts) { return sticky }
        try facts.requireAgreement(utxo)
        let state = try facts.wallet(context).state
        guard state == .live || state == .movingFunds else { return GenerationResult("redemption.state") }

        var leftOut: [LeftOut] = []
        var candidates = try candidates(context, facts: &facts, leftOut: &leftOut)
        for _ in 0..<attempts {
            guard
                let choice = try choose(candidates, utxo: utxo, context: context, facts: &facts, leftOut: &leftOut)
            else { return GenerationResult("redemption.none", leftOut: leftOut) }
            guard let fee = choice.fee else { return GenerationResult("fee.capped", leftOut: leftOut) }
            let proposal = Proposal.redemption(scripts: choice.taken.map(\.script), fee: fee)
            switch try verdict(of: choice.taken.map(\.script), fee: fee, context, facts: &facts) {
            case nil: return GenerationResult(proposal: proposal, leftOut: leftOut)
            case .some(let rule) where rule.isWhole: return GenerationResult(rule.id, leftOut: leftOut)
            case .some:
                let offenders = try offenders(among: choice.taken, context, facts: &facts)
                guard !offenders.isEmpty else { return GenerationResult("redemption.validator", leftOut: leftOut) }
                for (key, rule) in offenders { leftOut.append(LeftOut(key: key.hash, rule: rule)) }
                candidates.removeAll { candidate in offenders.contains { $0.0 == candidate.key } }
            }
        }
        return GenerationResult("redemption.validator", leftOut: leftOut)
    }

    /// The request that must not wait (rule `checklist.owed`): the first that would be generated, if its deadline is
    /// nearer than `owedWindows` windows and the fee is not capped.
    static func owed(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> Bytes? {
        _ = try facts.tip()
        try RedemptionRules.requireIdle(context)
        guard let utxo = try facts.mainUTXO(context) else { return nil }
        try facts.requireAgreement(utxo)
        let state = try facts.wallet(context).state
        guard state == .live || state == .movingFunds else { return nil }
        var leftOut: [LeftOut] = []
        let candidates = try candidates(context, facts: &facts, leftOut: &leftOut)
        guard let first = candidates.first else { return nil }
        let window = context.profile.frequency * context.profile.blockSeconds
        let near = context.now.adding(window.multipliedSaturating(by: context.profile.owedWindows))
        guard first.deadline < near.seconds,
            let choice = try choose(candidates, utxo: utxo, context: context, facts: &facts, leftOut: &leftOut),
            choice.fee != nil
        else { return nil }
        return choice.taken.first?.script
    }

    /// Pending requests that could be paid, in order of deadline, then key.
    private static func candidates(
        _ context: ActionContext, facts: inout ChainFacts, leftOut: inout [LeftOut]
    ) throws(RuleStop) -> [Candidate] {
        let parameters = try facts.redemptionParameters(context)
        let constants = try facts.redemptionConstants(context)
        // The launch value overflowed uint32 in the validator, which then reverts for everything.
        guard parameters.timeout <= UInt64(UInt32.max) - context.now.seconds else {
            throw .fail("redemption.timeout_overflow", .view, found: parameters.timeout)
        }
        var scripts: [UInt256: Bytes] = [:]
        for event in try facts.redemptionEvents(context) {
            scripts[ContractKeys.redemption(script: event.script, wallet: context.wallet.hash.hash)] = event.script
        }
        let keys = scripts.keys.sorted()
        try facts.prepare(
            keys.flatMap { key -> [ChainQuery] in
                [.host(.pendingRedemption(key: key, at: context.block.read))]
            })
        var pending: [(UInt256, Bytes, RedemptionRequest)] = []
        for key in keys {
            guard let script = scripts[key] else { continue }
            do throws(RuleStop) {
                let request = try facts.pendingRedemption(key, context)
                guard request.requestedAt.seconds > 0 else {
                    leftOut.append(LeftOut(key: key.hash, rule: "redemption.not_pending"))
                    continue
                }
                pending.append((key, script, request))
            } catch {
                // A source that fails for one item leaves out that item (A7).
                guard case .failed = error else { throw error }
                leftOut.append(LeftOut(key: key.hash, rule: "redemption.unsure"))
            }
        }
        try facts.prepare(pending.map { .host(.redemptionDelay(key: $0.0, at: context.block.read)) })
        var found: [Candidate] = []
        for (key, script, request) in pending {
            do throws(RuleStop) {
                guard
                    case .redemptionDelay(let delay) = try facts.host(
                        .redemptionDelay(key: key, at: context.block.read), rule: "redemption.unsure")
                else { throw .fail("redemption.unsure", .cannotTell) }
                if let rule = reason(script, request, delay: delay, parameters, constants, context) {
                    leftOut.append(LeftOut(key: key.hash, rule: rule))
                } else {
                    found.append(
                        Candidate(
                            key: key, script: script, request: request,
                            deadline: request.requestedAt.adding(parameters.timeout).seconds))
                }
            } catch {
                guard case .failed = error else { throw error }
                leftOut.append(LeftOut(key: key.hash, rule: "redemption.unsure"))
            }
        }
        return found.sorted { ($0.deadline, $0.key) < ($1.deadline, $1.key) }
    }

    /// Why a pending request is left out; nil if it is not (section 8.1, rows 2 to 4).
    private static func reason(
        _ script: Bytes, _ request: RedemptionRequest, delay: UInt64, _ parameters: RedemptionParameters,
        _ constants: RedemptionConstants, _ context: ActionContext
    ) -> RuleID? {
        guard context.now > request.requestedAt.adding(max(constants.requestMinAge, delay)) else {
            return "redemption.min_age"
        }
        let limit = request.requestedAt.adding(parameters.timeout).subtracting(constants.requestTimeoutSafetyMargin)
        guard context.now.adding(context.profile.windowMargin) < limit else { return "redemption.timeout_margin" }
        guard context.wallet.redeemerKinds.contains(Script(script).kind),
            !context.wallet.ownScripts.contains(Script(script))
        else { return "redemption.script" }
        return nil
    }

    /// The requests taken from the front, and the fee; the fee is nil where no cap leaves room for a useful one. nil
    /// where nothing fits.
    private static func choose(
        _ candidates: [Candidate], utxo: MainUTXO, context: ActionContext, facts: inout ChainFacts,
        leftOut: inout [LeftOut]
    ) throws(RuleStop) -> (taken: [Candidate], fee: UInt64?)? {
        let parameters = try facts.redemptionParameters(context)
        let constants = try facts.redemptionConstants(context)
        let limit = min(context.profile.redemptionLimit, constants.maxSize)
        var available = candidates
        while true {
            var taken: [Candidate] = []
            var sum: UInt64 = 0
            for candidate in available where UInt64(taken.count) < limit {
                let next = sum.addingSaturating(candidate.redeemable)
                guard next <= utxo.output.value.rawValue else {
                    let item = LeftOut(key: candidate.key.hash, rule: "redemption.value")
                    if !leftOut.contains(item) { leftOut.append(item) }
                    continue
                }
                sum = next
                taken.append(candidate)
            }
            guard !taken.isEmpty else { return nil }
            let urgent = try RedemptionRules.urgent(
                taken.map(\.request), parameters: parameters, context: context, facts: &facts)
            let rates = try RedemptionRules.rates(urgent: urgent, context: context, facts: &facts)
            let (vsize, absorbed) = size(taken, sum: sum, utxo: utxo, context: context)
            let low = rates.low(urgent: urgent).multipliedSaturating(by: vsize)
            let cap = parameters.txMaxTotalFee.subtractingFloored(absorbed)
            guard cap >= low else { return (taken, nil) }
            let count = UInt64(taken.count)
            var fee = min(rates.median.multipliedSaturating(by: vsize), cap)
            let shares = RedemptionTransaction.shares(fee: fee, count: taken.count)
            guard zip(taken, shares).contains(where: { $0.request.txMaxFee < $1 }) else { return (taken, fee) }
            // A share exceeds its request's limit: the lower of the fee without remainder and what the smallest limit
            // allows, or else the request with the smallest limit, the later one of equals, is left out.
            guard let smallest = taken.map(\.request.txMaxFee).min() else { return nil }
            fee = min(fee - fee % count, smallest.multipliedSaturating(by: count))
            if fee >= low { return (taken, fee) }
            guard let offender = taken.last(where: { $0.request.txMaxFee == smallest }) else { return nil }
            leftOut.append(LeftOut(key: offender.key.hash, rule: "redemption.fee_share"))
            available.removeAll { $0.key == offender.key }
        }
    }

    private static func size(
        _ taken: [Candidate], sum: UInt64, utxo: MainUTXO, context: ActionContext
    ) -> (vsize: UInt64, absorbed: UInt64) {
        let own = context.wallet.outputScript
        let change = utxo.output.value.rawValue - sum
        let isOutput = change >= (own.dustLimit ?? 0) && change > 0
        let outputs = (isOutput ? [own] : []) + taken.map { Script($0.script) }
        return (RedemptionTransaction.vsize(input: utxo.output.script, outputs: outputs), isOutput ? 0 : change)
    }

    /// What our own followers' rules say of a proposal: nil if it is valid, else the rule, and whether it speaks against
    /// the whole or against single requests.
    private static func verdict(
        of scripts: [Bytes], fee: UInt64, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> (id: RuleID, isWhole: Bool)? {
        do throws(RuleStop) {
            _ = try RedemptionRules.validate(
                scripts: scripts, fee: fee, context: context, facts: &facts)
            return nil
        } catch {
            guard case .failed(let failure) = error else { throw error }
            guard failure.failureClass == .invalid else { throw error }
            return (failure.rule, !itemRules.contains(failure.rule))
        }
    }

    /// The rules that speak of single requests: rows 6 on of contracts.md §5.2, and our own of the kind.
    private static let itemRules: Set<RuleID> = [
        "redemption.not_pending", "redemption.min_age", "redemption.timeout_margin", "redemption.fee_share",
        "redemption.duplicate", "redemption.event", "redemption.validator",
    ]

    /// Each request alone with a fee of 1: those that the validator refuses.
    private static func offenders(
        among taken: [Candidate], _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> [(UInt256, RuleID)] {
        try facts.prepare(
            taken.map {
                .host(
                    .validateRedemption(context.wallet.hash, scripts: [$0.script], fee: 1, at: context.block.read))
            })
        var offenders: [(UInt256, RuleID)] = []
        for candidate in taken {
            do throws(RuleStop) {
                try RedemptionRules.validator(scripts: [candidate.script], fee: 1, context: context, facts: &facts)
            } catch {
                guard case .failed(let failure) = error else { throw error }
                offenders.append((candidate.key, failure.rule))
            }
        }
        return offenders
    }

    /// Sticky (section 8): the items and fee of a released transaction that expired unseen are tried first, so that its
    /// digests, and so its signatures, stay the same.
    private static func sticky(
        _ utxo: MainUTXO, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> GenerationResult? {
        for record in context.records where record.state == .expired(released: true) && record.action == .redemption {
            guard record.inputs.contains(where: { $0.outPoint == utxo.outPoint }),
                let transaction = try? Transaction(decoding: record.unsigned)
            else { continue }
            let scripts = transaction.outputs.map(\.script).filter { $0 != context.wallet.outputScript }.map(\.bytes)
            do throws(RuleStop) {
                _ = try RedemptionRules.validate(
                    scripts: scripts, fee: record.fee, context: context, facts: &facts)
                return GenerationResult(proposal: .redemption(scripts: scripts, fee: record.fee), leftOut: [])
            } catch {
                guard case .failed = error else { throw error }
            }
        }
        return nil
    }
}
