import Primitives

/// The proposals heard in a window, and who sent them.
struct ProposalBook: Sendable, Equatable {
    /// A proposal that passed filters 1 to 9, or our own.
    struct Candidate: Sendable, Equatable {
        let proposal: Proposal
        let payload: Bytes
        /// Who sent it, in order of arrival.
        var senders: [EthereumAddress]
        var check = Check.unchecked
    }

    /// What we know of a candidate's validity.
    enum Check: Sendable, Equatable {
        case unchecked
        case running
        case valid(block: BlockReference, agreementSeats: Int)
        /// Failed, and to be checked again at this block.
        case waiting(ProposalCheck.Failure, until: BlockNumber)
        /// Failed for good; our reject was given where the class allows one.
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

    /// The candidates with the place of their highest-placed sender that is not void, in that order.
    func ranked(_ election: Election, void: Set<EthereumAddress>, begun: (Int) -> Bool) -> [(ProposalDigest, Int)] {
        candidates.compactMap { digest, candidate in
            let places = candidate.senders.filter { !void.contains($0) }.compactMap(election.place(of:)).filter(begun)
            return places.min().map { (digest, $0) }
        }.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 < $1.1 }
    }
}

/// Who accepted what. A proposal is its sender's accept (coordination.md §8).
struct Ballots: Sendable, Equatable {
    /// An operator's first accept.
    struct Ballot: Sendable, Equatable {
        let digest: ProposalDigest
        let envelope: Bytes
        let kind: MessageKind
    }

    /// The first accept of each operator.
    private(set) var accepts: [EthereumAddress: Ballot] = [:]
    /// Operators that signed two accepts for different digests: their seats count for none.
    private(set) var void: Set<EthereumAddress> = []
    /// The rejected digests by operator, for the limit on what is kept.
    var rejects: [EthereumAddress: Set<ProposalDigest>] = [:]

    /// What an accept turned out to be.
    enum Cast: Equatable {
        case first
        case again
        case equivocation(first: Ballot)
    }

    /// Takes an accept; a second one for another digest voids the operator.
    mutating func cast(_ ballot: Ballot, by voter: EthereumAddress) -> Cast {
        guard let first = accepts[voter] else {
            accepts[voter] = ballot
            return .first
        }
        guard first.digest != ballot.digest else { return .again }
        guard void.insert(voter).inserted else { return .again }
        return .equivocation(first: first)
    }

    /// Voids an operator's envelopes (it proposed two things).
    mutating func void(_ voter: EthereumAddress) { void.insert(voter) }

    /// The operators that accepted a digest and are not void, ascending.
    func supporters(of digest: ProposalDigest) -> [EthereumAddress] {
        accepts.filter { $0.value.digest == digest && !void.contains($0.key) }.map(\.key).sorted()
    }
}

/// How far our own search for a proposal has come.
enum ProposalSearch: Sendable, Equatable {
    case notBegun
    /// Looking for the first of these actions; those before it gave nothing, or could not be judged (`unsure`, by this
    /// rule). With a block: failed, and to be tried again from that block on.
    case looking([ActionKind], again: BlockNumber?, unsure: RuleID?)
    /// Found; being validated by our own followers' rules, or valid.
    case found(ProposalDigest, rest: [ActionKind], unsure: RuleID?)
    /// The checklist gave nothing, and each of its actions could be judged.
    case nothing

    /// The rule by which an action of the checklist could not be judged; nil where all were, as far as the search came.
    var unsure: RuleID? {
        switch self {
        case .notBegun, .nothing: nil
        case .looking(_, _, let unsure), .found(_, _, let unsure): unsure
        }
    }
}

/// When our own proposal goes out again: gaps of 1, 2, 4, 8, 8 … blocks (coordination.md §6).
struct RepeatSchedule: Sendable, Equatable {
    var next: BlockNumber
    var gap: UInt64

    /// Begins after the first sending.
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
