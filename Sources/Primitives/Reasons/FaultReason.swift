/// The fault with which an operator is charged (coordination.md §9).
package enum FaultReason: String, Reason {
    case leaderIdleness = "leader_idleness"
    case leaderMistake = "leader_mistake"
    case leaderImpersonation = "leader_impersonation"
    case leaderEquivocation = "leader_equivocation"
    case verdictEquivocation = "verdict_equivocation"
    case signingEquivocation = "signing_equivocation"
    case invalidSigningMessage = "invalid_signing_message"
    case invalidKeyMessage = "invalid_key_message"
    case absence

    package var row: ReasonRow {
        switch self {
        case .leaderIdleness:
            ReasonRow(
                "a leader or reserve let its slot pass in silence",
                do: "if it is yours: was the node up, in sync, linked? Of another's, ask it")
        case .leaderMistake:
            ReasonRow(
                "a proposal breaks a rule of class I, which the line names",
                do: "if it is yours, compare your host chain's source with another, and the builds")
        case .leaderImpersonation:
            ReasonRow(
                "an operator proposed whose turn it is not", do: "if it is yours, compare the builds and profiles")
        case .leaderEquivocation:
            ReasonRow(
                "an operator signed two proposals in one window",
                do: "if it is yours, another process runs with its key, or the ledger is from the past")
        case .verdictEquivocation:
            ReasonRow(
                "an operator accepted two things in one window",
                do: "if it is yours, another process runs with its key, or the ledger is from the past")
        case .signingEquivocation, .invalidSigningMessage:
            ReasonRow("of signing; not charged by this build")
        case .invalidKeyMessage, .absence:
            ReasonRow("of key generation and of duties, which are not built; not charged by this build")
        }
    }
}
