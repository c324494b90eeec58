package import Primitives

/// The outcome of a wallet's window at this node (coordination.md §9). Each window has one final outcome at each
/// operator.
package enum Outcome: Hashable, Sendable {
    /// An action was agreed and handed over; a further, final outcome follows.
    case agreed(ActionKind)
    /// The agreed action took effect: its transaction was seen, or the heartbeat's signature verifies.
    case executed
    /// The agreed action ended without effect, because of this rule.
    case actionFailed(RuleID)
    /// The agreed action did not finish within its validity.
    case actionExpired
    /// A no-op was agreed.
    case noAction
    /// No proposal arrived.
    case leaderIdle
    /// This node rejected the proposal, by this rule.
    case rejected(RuleID)
    /// This node accepted, and too few other seats did.
    case noQuorum
    /// Proposers or voters equivocated, and the remaining seats do not suffice.
    case equivocation
    /// The wallet had an unfinished action.
    case walletBusy
    /// This node could not determine the window's result or the proposal's validity, for this rule or reason.
    case notSynced(RuleID)
    /// This node was down.
    case missed
    /// The node could not take part, for this reason.
    case error(RuleID)

    /// The stable code, as the ledger and JSON show it.
    package var code: String {
        let code: OutcomeCode =
            switch self {
            case .agreed: .agreed
            case .executed: .executed
            case .actionFailed: .actionFailed
            case .actionExpired: .actionExpired
            case .noAction: .noAction
            case .leaderIdle: .leaderIdle
            case .rejected: .rejected
            case .noQuorum: .noQuorum
            case .equivocation: .equivocation
            case .walletBusy: .walletBusy
            case .notSynced: .notSynced
            case .missed: .missed
            case .error: .error
            }
        return code.rawValue
    }

    /// The rule or reason that belongs to the code, if it has one.
    package var rule: RuleID? {
        switch self {
        case .actionFailed(let rule), .rejected(let rule), .notSynced(let rule), .error(let rule): rule
        case .agreed, .executed, .actionExpired, .noAction, .leaderIdle, .noQuorum, .equivocation, .walletBusy, .missed:
            nil
        }
    }

    /// Whether the outcome is final.
    package var isFinal: Bool {
        if case .agreed = self { false } else { true }
    }
}
