import Coordination
import Primitives

/// The rules of a transaction's fee (wallet-actions.md §6, §9.3).
enum FeeRules {
    /// Rules `fee.floor` and `fee.ceiling`.
    ///
    /// - Throws: ``RuleStop/failed(_:)`` in class I.
    static func checkLimits(_ fee: UInt64, vsize: UInt64, _ profile: ProtocolProfile) throws(RuleStop) {
        let floor = profile.feeFloor.multipliedSaturating(by: vsize)
        guard fee >= floor else { throw .fail(.feeFloor, .invalid, proposed: fee, found: floor) }
        let ceiling = profile.feeCeiling.multipliedSaturating(by: vsize)
        guard fee <= ceiling else { throw .fail(.feeCeiling, .invalid, proposed: fee, found: ceiling) }
    }

    /// Rule `fee.band`: the fee against our own rates.
    ///
    /// - Throws: ``RuleStop``.
    static func checkBand(
        _ fee: UInt64, vsize: UInt64, urgent: Bool, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        let rates = try rates(urgent: urgent, context: context, facts: &facts)
        let low = rates.low(urgent: urgent).multipliedSaturating(by: vsize)
        guard fee >= low else { throw .fail(.feeBand, .view, proposed: fee, found: low) }
        let high = rates.high.multipliedSaturating(by: vsize)
        guard fee <= high else { throw .fail(.feeBand, .view, proposed: fee, found: high) }
    }

    /// Our own rates for the profile's target, or for one block where the action is urgent.
    ///
    /// - Throws: ``RuleStop``.
    static func rates(
        urgent: Bool, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> FeeRates {
        let quotes = try facts.feeQuotes(target: urgent ? 1 : context.profile.feeTarget)
        guard let rates = FeeRates(quotes: quotes, feeFloor: context.profile.feeFloor) else {
            throw .fail(.feeBand, .cannotTell, found: "no estimate")
        }
        return rates
    }
}
