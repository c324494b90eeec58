import Bitcoin
import Coordination
import Ethereum
import Primitives

/// A pending request that could be paid.
struct RedemptionCandidate {
    let key: UInt256
    let script: Bytes
    let request: Bridge.RedemptionRequest
    /// The time from which the Bridge lets the redeemer take the request back, and slashes the wallet.
    let deadline: UnixTime

    /// The pending requests of the wallet that could be paid, in order of deadline, then key; and the others, each with
    /// its rule (wallet-actions.md §8.1). A source that fails for one request leaves out only that request. With `due`,
    /// only requests with an earlier deadline are checked.
    static func all(
        _ context: ActionContext, due: UnixTime? = nil, facts: inout ChainFacts
    ) throws(RuleStop) -> (candidates: [RedemptionCandidate], leftOut: [LeftOut]) {
        let parameters = try facts.redemptionParameters(context)
        let constants = try facts.redemptionConstants(context)
        let latest = Dictionary(try facts.redemptionEvents(context).map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        let events = latest.values.filter(context.mayBePending).sorted { $0.key < $1.key }
        var leftOut: [LeftOut] = []
        var pending: [(event: RedemptionRequestedEvent, request: Bridge.RedemptionRequest)] = []
        for event in events {
            let request = try facts.sure { facts throws(RuleStop) in try facts.pendingRedemption(event.key, context) }
            switch request {
            case nil: leftOut.append(LeftOut(key: event.key, rule: ActionRule.redemptionUnsure.id))
            case .some(let request) where request.requestedAt.seconds == 0:
                leftOut.append(LeftOut(key: event.key, rule: ActionRule.redemptionNotPending.id))
            case .some(let request):
                if let due, request.requestedAt.adding(UInt64(parameters.timeout)) >= due { continue }
                pending.append((event, request))
            }
        }
        let watchtower = try facts.sure { facts throws(RuleStop) in try facts.watchtower(context) } ?? nil
        if let watchtower {
            try facts.prepare(
                pending.map {
                    let delay = RedemptionWatchtower.GetRedemptionDelay($0.event.key)
                    return .host(.call(watchtower, delay.encoded, at: context.block.reference))
                })
        }
        var candidates: [RedemptionCandidate] = []
        for (event, request) in pending {
            let delay = try facts.sure { facts throws(RuleStop) in try facts.redemptionDelay(event.key, context) }
            if let rule = reason(event, request, delay: delay, parameters, constants, context) {
                leftOut.append(LeftOut(key: event.key, rule: rule.id))
            } else {
                candidates.append(
                    RedemptionCandidate(
                        key: event.key, script: event.script, request: request,
                        deadline: request.requestedAt.adding(UInt64(parameters.timeout))))
            }
        }
        return (candidates.sorted { ($0.deadline, $0.key) < ($1.deadline, $1.key) }, leftOut)
    }

    /// The reason that a pending request is left out; nil if it is not. A delay of nil could not be read.
    private static func reason(
        _ event: RedemptionRequestedEvent, _ request: Bridge.RedemptionRequest, delay: UInt64?,
        _ parameters: Bridge.RedemptionParameters, _ constants: RedemptionConstants, _ context: ActionContext
    ) -> ActionRule? {
        guard let delay else { return .redemptionUnsure }
        guard event.tells(request) else { return .redemptionEvent }
        guard context.now > request.requestedAt.adding(max(constants.requestMinAge, delay)) else {
            return .redemptionMinAge
        }
        let deadline = request.requestedAt.adding(UInt64(parameters.timeout))
        // The validator adds in 32 bits and reverts where the sum overflows, which happened with the launch value.
        guard deadline.seconds <= UInt64(UInt32.max) else { return .redemptionTimeoutOverflow }
        let limit = deadline.subtracting(constants.requestTimeoutSafetyMargin)
        guard context.now.adding(context.profile.windowMargin) < limit else { return .redemptionTimeoutMargin }
        guard RedemptionRules.isPayable(Script(event.script), by: context.wallet) else { return .redemptionScript }
        return nil
    }
}

extension ChainFacts {
    /// Reads the facts of one item; nil where the sources cannot answer.
    fileprivate mutating func sure<Value>(
        _ read: (inout ChainFacts) throws(RuleStop) -> Value
    ) throws(RuleStop) -> Value? {
        do throws(RuleStop) {
            return try read(&self)
        } catch {
            guard case .failed = error else { throw error }
            return nil
        }
    }
}
