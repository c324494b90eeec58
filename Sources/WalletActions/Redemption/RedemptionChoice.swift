import Bitcoin
import Coordination
import Ethereum
import Primitives

/// The candidates that a redemption pays, and its fee (wallet-actions.md §6, §8.1).
enum RedemptionChoice {
    /// Pay these requests in this order, for this fee.
    case pay([RedemptionCandidate], fee: UInt64, leftOut: [LeftOut])
    /// Pay nothing, for this reason.
    case nothing(ActionRule, leftOut: [LeftOut])

    /// Takes candidates from the front as long as they fit, and leaves out requests until the fee suits every remaining
    /// one.
    init(
        _ candidates: [RedemptionCandidate], utxo: MainUTXO, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        var available = candidates
        var dropped: [LeftOut] = []
        while true {
            let (taken, tooLarge) = try Self.fitting(available, utxo: utxo, context: context, facts: &facts)
            let leftOut = dropped + tooLarge.map { LeftOut(key: $0.key, rule: ActionRule.redemptionValue.id) }
            guard !taken.isEmpty else {
                self = .nothing(.redemptionNone, leftOut: leftOut)
                return
            }
            switch try Fee(taken, utxo: utxo, context: context, facts: &facts) {
            case .of(let fee):
                self = .pay(taken, fee: fee, leftOut: leftOut)
                return
            case .capped:
                self = .nothing(.feeCapped, leftOut: leftOut)
                return
            case .unsuitable(let offender, let rule):
                dropped.append(LeftOut(key: offender.key, rule: rule.id))
                available.removeAll { $0.key == offender.key }
            }
        }
    }

    /// Takes candidates from the front that fit into the main UTXO, up to the limits of profile and validator; gives
    /// the others too.
    private static func fitting(
        _ available: [RedemptionCandidate], utxo: MainUTXO, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> (taken: [RedemptionCandidate], tooLarge: [RedemptionCandidate]) {
        let limit = min(context.profile.redemptionLimit, try facts.redemptionConstants(context).maxSize)
        var taken: [RedemptionCandidate] = []
        var tooLarge: [RedemptionCandidate] = []
        var left = utxo.output.value.rawValue
        for candidate in available where UInt64(taken.count) < limit {
            if candidate.request.redeemable <= left {
                left -= candidate.request.redeemable
                taken.append(candidate)
            } else {
                tooLarge.append(candidate)
            }
        }
        return (taken, tooLarge)
    }

    /// The result of the fee search for some requests.
    private enum Fee {
        case of(UInt64)
        /// The caps leave no room for a useful fee.
        case capped
        /// A useful fee does not suit this request.
        case unsuitable(RedemptionCandidate, ActionRule)

        init(
            _ taken: [RedemptionCandidate], utxo: MainUTXO, context: ActionContext, facts: inout ChainFacts
        ) throws(RuleStop) {
            let requests = taken.map(\.request)
            let isUrgent = try RedemptionRules.isUrgent(requests, context: context, facts: &facts)
            let rates = try FeeRules.rates(urgent: isUrgent, context: context, facts: &facts)
            let change: RedemptionTransaction.Change
            do throws(RedemptionTransaction.Failure) {
                change = try RedemptionTransaction.change(
                    wallet: context.wallet, utxo: utxo, redeemables: requests.map(\.redeemable))
            } catch {
                preconditionFailure("what is taken fits into the main UTXO: \(error)")
            }
            let vsize = RedemptionTransaction.size(
                wallet: context.wallet, utxo: utxo, change: change, scripts: taken.map { Script($0.script) }
            ).vsize
            // The lowest fee that followers accept; the floor of the profile holds for urgent requests too.
            let low = max(rates.low(urgent: isUrgent), context.profile.feeFloor).multipliedSaturating(by: vsize)
            let limit = try facts.redemptionParameters(context).txMaxTotalFee
            let cap = limit.subtractingFloored(change.absorbedValue)
            guard cap >= low else {
                self = .capped
                return
            }
            self = Self.suiting(taken, wanted: min(rates.median.multipliedSaturating(by: vsize), cap), low: low)
        }

        /// The wanted fee, or less where a share of it would exceed its request's own limit.
        private static func suiting(_ taken: [RedemptionCandidate], wanted: UInt64, low: UInt64) -> Fee {
            var fee = wanted
            let count = UInt64(taken.count)
            let limits = taken.map(\.request.txMaxFee)
            if zip(limits, RedemptionTransaction.shares(fee: fee, count: taken.count)).contains(where: <),
                let smallest = limits.min()
            {
                fee = min(fee - fee % count, smallest.multipliedSaturating(by: count))
                // Among equals, the later one.
                if fee < low, let offender = taken.last(where: { $0.request.txMaxFee == smallest }) {
                    return .unsuitable(offender, .redemptionFeeShare)
                }
            }
            // A request that the fee would use up must not keep the others waiting.
            let shares = RedemptionTransaction.shares(fee: fee, count: taken.count)
            for (candidate, share) in zip(taken, shares) {
                let least = Script(candidate.script).dustLimit ?? 0
                guard candidate.request.redeemable >= share.addingSaturating(max(1, least)) else {
                    return .unsuitable(candidate, .txDust)
                }
            }
            return .of(fee)
        }
    }
}
