/// The class of a failed rule, which decides responsibility (wallet-actions.md §9).
package enum FailureClass: Hashable, Sendable, CaseIterable {
    /// I: decided by the proposal's bytes and the host chain; a fault of the proposer.
    case invalid
    /// V: depends on our own view of Bitcoin, our estimates or our records; not a fault.
    case view
    /// U: our sources cannot answer; not a fault, and no verdict is given.
    case cannotTell
}

/// A rule that a proposal can break, with the classes in which it can be broken.
package protocol ProposalRule: RuleReason {
    /// The classes in which the rule can fail; empty where it only leaves an item out or ends a search.
    var classes: Set<FailureClass> { get }
}
