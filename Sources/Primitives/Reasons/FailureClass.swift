/// Whose business a failed rule is (wallet-actions.md §9).
package enum FailureClass: Hashable, Sendable, CaseIterable {
    /// I: decided by the proposal's bytes and the host chain; a fault of the proposer.
    case invalid
    /// V: depends on our own view of Bitcoin, our estimates, our records; nobody's fault.
    case view
    /// U: our sources cannot tell; nobody's fault, and no verdict.
    case cannotTell
}

/// A rule that a proposal breaks, with the classes in which it can be broken.
package protocol ProposalRule: RuleReason {
    /// The classes in which it can fail; none where it only leaves an item out or ends a search.
    var classes: Set<FailureClass> { get }
}
