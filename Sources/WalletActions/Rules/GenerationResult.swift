package import Coordination
package import Primitives

/// The result of looking for a proposal of one action, with the items that were left out.
package struct GenerationResult: Hashable, Sendable {
    /// The proposal; nil where there is nothing to do.
    package let proposal: Proposal?
    /// The reason that there is no proposal.
    package let reason: RuleID?
    package let leftOut: [LeftOut]

    init(proposal: Proposal, leftOut: [LeftOut] = []) {
        self.proposal = proposal
        reason = nil
        self.leftOut = leftOut
    }

    init(_ reason: RuleID, leftOut: [LeftOut] = []) {
        proposal = nil
        self.reason = reason
        self.leftOut = leftOut
    }

    init(_ reason: ActionRule, leftOut: [LeftOut] = []) { self.init(reason.id, leftOut: leftOut) }
}

/// An item that was left out of a proposal, with the rule.
package struct LeftOut: Hashable, Sendable {
    /// The item's key on the host chain.
    package let key: Hash32
    package let rule: RuleID

    init(key: UInt256, rule: RuleID) {
        self.key = key.hash
        self.rule = rule
    }
}
