package import Primitives

/// The result of a proposal's full validation.
package enum ProposalCheck: Hashable, Sendable {
    /// Every rule holds. `agreementSeats` seats must accept it (``SigningGroup/agreementSeats(withoutMainUTXO:)``).
    case valid(block: BlockReference, agreementSeats: Int)
    /// A rule failed.
    case failed(Failure)

    /// A failed rule, with the proposal's value and ours.
    package struct Failure: Hashable, Sendable {
        package let rule: RuleID
        package let failureClass: FailureClass
        package let proposed: Bytes
        package let found: Bytes
        package let block: BlockReference

        /// Describes the failed rule.
        package init(
            rule: RuleID, failureClass: FailureClass, proposed: Bytes, found: Bytes, block: BlockReference
        ) {
            self.rule = rule
            self.failureClass = failureClass
            self.proposed = proposed
            self.found = found
            self.block = block
        }
    }
}

/// The result of the search for a valid proposal of one action.
package enum SearchResult: Hashable, Sendable {
    /// A proposal was found.
    case proposal(Proposal)
    /// There is nothing to do, or the action is not allowed now.
    case nothing
    /// The search could not be completed, by this rule; it may be repeated.
    case failed(RuleID)
}
