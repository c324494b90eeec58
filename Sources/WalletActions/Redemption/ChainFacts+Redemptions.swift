import Coordination
import Ethereum
import Primitives

/// The facts about redemptions from the Bridge and related contracts, at the block of a context.
extension ChainFacts {
    mutating func redemptionParameters(_ context: ActionContext) throws(RuleStop) -> Bridge.RedemptionParameters {
        try call(Bridge.GetRedemptionParameters(), at: context.block.reference)
    }

    mutating func redemptionConstants(_ context: ActionContext) throws(RuleStop) -> RedemptionConstants {
        let at = context.block.reference
        return RedemptionConstants(
            requestMinAge: UInt64(try call(WalletProposalValidator.RedemptionRequestMinAge(), at: at)),
            requestTimeoutSafetyMargin: UInt64(
                try call(WalletProposalValidator.RedemptionRequestTimeoutSafetyMargin(), at: at)),
            maxSize: UInt64(try call(WalletProposalValidator.RedemptionMaxSize(), at: at)))
    }

    mutating func pendingRedemption(_ key: UInt256, _ context: ActionContext) throws(RuleStop)
        -> Bridge.RedemptionRequest
    {
        try call(Bridge.PendingRedemptions(key), at: context.block.reference)
    }

    /// The contract that delays redemptions; nil where the Bridge has none.
    mutating func watchtower(_ context: ActionContext) throws(RuleStop) -> HostContract? {
        let address = try call(Bridge.GetRedemptionWatchtower(), at: context.block.reference)
        return address == .zero ? nil : .at(address)
    }

    /// The watchtower's delay of a pending request, in seconds; 0 where the Bridge has no watchtower.
    mutating func redemptionDelay(_ key: UInt256, _ context: ActionContext) throws(RuleStop) -> UInt64 {
        guard let watchtower = try watchtower(context) else { return 0 }
        let delay = RedemptionWatchtower.GetRedemptionDelay(key)
        return UInt64(try call(delay, of: watchtower, at: context.block.reference))
    }

    /// The events that requested redemptions from the wallet, up to the block that is read, oldest first. For each
    /// script the latest event counts.
    mutating func redemptionEvents(_ context: ActionContext) throws(RuleStop) -> [RedemptionRequestedEvent] {
        let query = HostQuery.redemptionRequests(context.wallet.hash, upTo: context.block.number)
        guard case .redemptionRequests(let events) = try host(query, rule: .redemptionEvent) else {
            throw contradiction(.redemptionEvent)
        }
        return events
    }
}
