package import Primitives

/// How a wallet's window ended here (coordination.md §9). Each window has exactly one final outcome at each operator.
package enum Outcome: Hashable, Sendable {
    /// An action was agreed and handed over; a further, final outcome follows.
    case agreed(ActionKind)
    /// The agreed action took effect: its transaction was seen, or the heartbeat's signature verifies.
    case executed
    /// The agreed action ended without effect, for this rule.
    case actionFailed(RuleID)
    /// The agreed action ran out of blocks.
    case actionExpired
    /// A no-op was agreed.
    case noAction
    /// No proposal came.
    case leaderIdle
    /// We found the proposal wanting.
    case rejected(RuleID)
    /// We accepted, and too few others did.
    case noQuorum
    /// Proposers or voters signed two things at once, and what is left does not suffice.
    case equivocation
    /// The wallet still had an action to finish.
    case walletBusy
    /// We could not tell what became of the window, or whether its proposal is right: what was missing.
    case notSynced(RuleID)
    /// We were down.
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

    /// The rule or reason that goes with the code, where it has one.
    package var rule: RuleID? {
        switch self {
        case .actionFailed(let rule), .rejected(let rule), .notSynced(let rule), .error(let rule): rule
        case .agreed, .executed, .actionExpired, .noAction, .leaderIdle, .noQuorum, .equivocation, .walletBusy, .missed:
            nil
        }
    }

    /// Whether nothing follows it.
    package var isFinal: Bool {
        if case .agreed = self { false } else { true }
    }
}
