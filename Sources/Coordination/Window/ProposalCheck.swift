package import Primitives

/// The result of validating a proposal in full.
package enum ProposalCheck: Hashable, Sendable {
    /// Every rule holds; so many seats must accept it (``SigningGroup/agreementSeats(withoutMainUTXO:)``).
    case valid(block: BlockReference, agreementSeats: Int)
    /// A rule failed.
    case failed(Failure)

    /// A rule that failed, with what the proposal has and what we found.
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

/// What looking for a valid proposal of one action gave.
package enum SearchResult: Hashable, Sendable {
    /// There is something to do.
    case proposal(Proposal)
    /// There is nothing to do, or it is not allowed now.
    case nothing
    /// It could not be found out; worth another try.
    case failed(RuleID)
}
