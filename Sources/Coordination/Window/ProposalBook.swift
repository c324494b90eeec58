import Primitives

/// The proposals received in a window, and their senders.
struct ProposalBook: Sendable, Equatable {
    /// A proposal that passed filters 1 to 9, or our own.
    struct Candidate: Sendable, Equatable {
        let proposal: Proposal
        let payload: Bytes
        /// The senders of the proposal, in order of arrival.
        var senders: [EthereumAddress]
        var check = Check.unchecked
    }

    /// The state of a candidate's validation.
    enum Check: Sendable, Equatable {
        case unchecked
        case running
        case valid(block: BlockReference, agreementSeats: Int)
        /// The check failed, and is repeated at this block.
        case waiting(ProposalCheck.Failure, until: BlockNumber)
        /// The check failed finally. Our reject was sent if the failure's class allows one.
        case refused(ProposalCheck.Failure)
    }

    /// A sender's first proposal envelope of the window.
    struct First: Sendable, Equatable {
        let digest: ProposalDigest
        let envelope: Bytes
    }

    var candidates: [ProposalDigest: Candidate] = [:]
    var firstBySender: [EthereumAddress: First] = [:]
    /// The head at which each sender's first proposal arrived, or at which ours was sent.
    var arrivals: [EthereumAddress: BlockNumber] = [:]

    /// The candidates, each with the place of its highest-placed sender that is not void, ordered by that place.
    func ranked(_ election: Election, void: Set<EthereumAddress>, begun: (Int) -> Bool) -> [(ProposalDigest, Int)] {
        candidates.compactMap { digest, candidate in
            let places = candidate.senders.filter { !void.contains($0) }.compactMap(election.place(of:)).filter(begun)
            return places.min().map { (digest, $0) }
        }.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 < $1.1 }
    }
}

/// The accepts of a window, by operator. A proposal counts as its sender's accept (coordination.md §8).
struct Ballots: Sendable, Equatable {
    /// An operator's first accept.
    struct Ballot: Sendable, Equatable {
        let digest: ProposalDigest
        let envelope: Bytes
        let kind: MessageKind
    }

    /// The first accept of each operator.
    private(set) var accepts: [EthereumAddress: Ballot] = [:]
    /// The operators that signed two accepts for different digests. Their seats do not count.
    private(set) var void: Set<EthereumAddress> = []
    /// The rejected digests by operator, for the limit on kept envelopes.
    var rejects: [EthereumAddress: Set<ProposalDigest>] = [:]

    /// The result of taking an accept.
    enum Cast: Equatable {
        case first
        case again
        case equivocation(first: Ballot)
    }

    /// Takes an accept. A second accept for another digest voids the operator.
    mutating func cast(_ ballot: Ballot, by voter: EthereumAddress) -> Cast {
        guard let first = accepts[voter] else {
            accepts[voter] = ballot
            return .first
        }
        guard first.digest != ballot.digest else { return .again }
        guard void.insert(voter).inserted else { return .again }
        return .equivocation(first: first)
    }

    /// Voids an operator, which proposed two different things.
    mutating func void(_ voter: EthereumAddress) { void.insert(voter) }

    /// The operators that accepted a digest and are not void, in ascending order.
    func supporters(of digest: ProposalDigest) -> [EthereumAddress] {
        accepts.filter { $0.value.digest == digest && !void.contains($0.key) }.map(\.key).sorted()
    }
}

/// The progress of our own search for a proposal.
enum ProposalSearch: Sendable, Equatable {
    case notBegun
    /// Looking for the first of these actions. The actions before it gave no proposal, or could not be judged (`unsure`
    /// is the rule). With a block: the search failed and is repeated from that block on.
    case looking([ActionKind], again: BlockNumber?, unsure: RuleID?)
    /// A proposal was found. Our own rules for followers are validating it, or it is valid.
    case found(ProposalDigest, rest: [ActionKind], unsure: RuleID?)
    /// The checklist gave no proposal, and every action on it could be judged.
    case nothing

    /// The rule that could not be judged for an action of the checklist; nil if every action so far could be judged.
    var unsure: RuleID? {
        switch self {
        case .notBegun, .nothing: nil
        case .looking(_, _, let unsure), .found(_, _, let unsure): unsure
        }
    }
}

/// The blocks at which our own proposal is repeated: gaps of 1, 2, 4, 8, 8 … blocks (coordination.md §6).
struct RepeatSchedule: Sendable, Equatable {
    var next: BlockNumber
    var gap: UInt64

    /// Begins after the first sending at this block.
    init(sentAt block: BlockNumber) {
        next = block.adding(1)
        gap = 1
    }

    /// Moves past a repeat made at this block.
    mutating func advance(past block: BlockNumber) {
        gap = min(gap * 2, 8)
        next = block.adding(gap)
    }
}
