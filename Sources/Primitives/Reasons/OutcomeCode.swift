/// The codes of a window's outcomes (coordination.md §9).
package enum OutcomeCode: String, Reason {
    case agreed
    case executed
    case noAction = "no_action"
    case leaderIdle = "leader_idle"
    case rejected
    case noQuorum = "no_quorum"
    case notSynced = "not_synced"
    case walletBusy = "wallet_busy"
    case equivocation
    case actionFailed = "action_failed"
    case actionExpired = "action_expired"
    case missed
    case error

    /// The outcomes of a window without trouble.
    package static let good: [OutcomeCode] = [.executed, .noAction]

    package var row: ReasonRow {
        switch self {
        case .agreed: ReasonRow("the action is handed over to the signers; another outcome follows")
        case .executed: ReasonRow("the agreed action took effect, as it should")
        case .noAction: ReasonRow("a no-op was agreed: there was nothing to do")
        case .leaderIdle:
            ReasonRow(
                "no proposal came; the fault `leader_idleness` names who was silent",
                do: "if it is yours: was the node up, in sync, linked?")
        case .rejected:
            ReasonRow(
                "our own rules refused the proposal; the rule goes with it ([rules](#rules))",
                do: "class V: compare our Bitcoin source with others; class I: the fault names the leader")
        case .noQuorum:
            ReasonRow("we accepted and too few others did", do: "look at the others' verdicts, and at the links")
        case .notSynced:
            ReasonRow(
                "a source could not tell us enough, or we followed too late; what was missing goes with it: a rule of class"
                    + " U, or one of `sync.…` below",
                do: "of a rule of class U: check that source")
        case .walletBusy: ReasonRow("the action before was not over")
        case .equivocation:
            ReasonRow(
                "somebody signed two things, and what is left does not suffice", do: "the fault holds both envelopes")
        case .actionFailed:
            ReasonRow("the agreed action ended without effect; a rule, or one of the reasons below, goes with it")
        case .actionExpired:
            ReasonRow(
                "not enough signers in time, or the transaction was not seen before `expiry`",
                do: "a signed transaction is pushed on all the same")
        case .missed: ReasonRow("the node was down, or did not hold the wallet")
        case .error:
            ReasonRow("the wallet is halted or archived; why goes with it", do: "see the reasons for halts below")
        }
    }
}
