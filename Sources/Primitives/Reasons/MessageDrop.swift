/// The reason that a message had no effect, or did not leave.
package enum MessageDrop: String, Reason {
    case malformed
    case notAMember = "not_a_member"
    case otherProfile = "other_profile"
    case own
    case stale
    case early
    case late
    case ended
    case duplicate
    case tooMany = "too_many"
    case impersonation
    case seat
    case checklist
    case equivocation
    case lateCommit = "late_commit"
    case halted
    case expired

    package var row: ReasonRow {
        switch self {
        case .malformed: ReasonRow("no message of its kind, or too large")
        case .notAMember: ReasonRow("the signer holds no such seat, or the wallet is not ours")
        case .otherProfile: ReasonRow("the sender runs another profile")
        case .own: ReasonRow("our own message came back, and says what we said")
        case .stale: ReasonRow("its window is over")
        case .early: ReasonRow("its window is not open yet")
        case .late: ReasonRow("its phase of the window is past")
        case .ended: ReasonRow("its window is over here")
        case .duplicate: ReasonRow("it came before")
        case .tooMany: ReasonRow("the sender's share of the window is used up")
        case .impersonation: ReasonRow("a proposal of somebody whose turn it is not; dropped with a fault")
        case .seat: ReasonRow("not through the signer's lowest seat; of a proposal dropped with a fault")
        case .checklist: ReasonRow("a proposal that the checklist does not have; dropped with a fault")
        case .equivocation: ReasonRow("the signer signed something else before; dropped with a fault")
        case .lateCommit:
            ReasonRow("ours: it must not leave late, and its commit took too long (`store.late_commit`)")
        case .halted: ReasonRow("ours: its wallet halted, or the store refused another message of it, before it left")
        case .expired: ReasonRow("ours: it had expired when the node came to say it")
        }
    }
}

/// The reason that a signing message had no effect (threshold-signing.md §11).
package enum SigningDrop: String, Reason {
    case malformed = "signing.malformed"
    case notAMember = "signing.not_a_member"
    case notCoordinator = "signing.not_coordinator"
    case early = "signing.early"
    case late = "signing.late"
    case staleHead = "signing.stale_head"
    case ended = "signing.ended"
    case duplicate = "signing.duplicate"
    case excluded = "signing.excluded"
    case pending = "signing.pending"
    case staleNumber = "signing.stale_number"
    case session = "signing.session"
    case secondRequest = "signing.second_request"
    case tooManySessions = "signing.too_many_sessions"
    case members = "signing.members"
    case nonce = "signing.nonce"
    case openInputs = "signing.open_inputs"
    case aggregate = "signing.aggregate"
    case signature = "signing.signature"

    package var row: ReasonRow {
        switch self {
        case .malformed: ReasonRow("the payload is no message of its kind")
        case .notAMember: ReasonRow("the sender holds no seat, or speaks for a seat that is not its own")
        case .notCoordinator: ReasonRow("it is for, or from, a coordinator of another instance")
        case .early: ReasonRow("more than 2 blocks before its instance")
        case .late: ReasonRow("after the deadline")
        case .staleHead:
            ReasonRow("our head is too old to say whether the deadline is over: look at the host chain's source")
        case .ended: ReasonRow("the job is over here")
        case .duplicate: ReasonRow("the same content came before")
        case .excluded: ReasonRow("the seat was excluded from the instance")
        case .pending: ReasonRow("the seat has a session to answer first")
        case .staleNumber: ReasonRow("the number is not above one that the seat used or offered")
        case .session: ReasonRow("the session is unknown, the seat is not in it, or the digest is another's")
        case .secondRequest: ReasonRow("another request came under this session number")
        case .tooManySessions: ReasonRow("more sessions than an instance may open")
        case .members: ReasonRow("the set does not hold enough seats of the wallet, or none of ours")
        case .nonce: ReasonRow("we hold no usable nonces under the number that the request names")
        case .openInputs: ReasonRow("an input that is neither open nor signed")
        case .aggregate: ReasonRow("a sum of nonces that does not decode")
        case .signature: ReasonRow("a signature that does not verify")
        }
    }
}
