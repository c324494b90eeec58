package import Primitives

/// One operator's part in one window of one wallet: who may speak, what is accepted, when it is agreed
/// (coordination.md §4 to §9).
///
/// It reads no chain and signs nothing: it asks for searches and validations by effects and is told the results. Its
/// choices are effects too; whoever drives it writes ``Effect/vote(_:)`` to disk before anything after it is sent.
/// Given the same inputs it makes the same effects, so a restart that replays what is on disk resumes the window.
package struct WindowMachine: Sendable, Equatable {
    /// What the machine wants done, in order.
    package enum Effect: Sendable, Equatable {
        /// Read the hash of this block and hand it to ``seedRead(_:)``.
        case readSeed(BlockNumber)
        /// The election is known.
        case elected(Election)
        /// Look for a proposal of this action at the coordination block; answer with ``generated(_:_:)``.
        case generate(ActionKind)
        /// Validate this proposal at the coordination block; answer with ``checked(_:_:)``.
        case validate(ProposalDigest, Proposal)
        /// Our one choice of this window: durable before anything after it leaves.
        case vote(Vote)
        /// Our reject of a proposal: durable before it leaves.
        case reject(Verdict, FailureClass)
        /// Send our proposal again, byte for byte.
        case repeatProposal(ProposalDigest)
        /// Pass a proposal on to every member, exactly as received.
        case echo(Bytes)
        /// Keep an envelope, exactly as received, with the block at which it arrived.
        case keep(Bytes, MessageKind, from: EthereumAddress)
        /// Charge an operator.
        case fault(Fault)
        /// Hand the agreed action over.
        case handOver(HandOver)
        /// The accepts left for the handed-over digest no longer suffice.
        case agreementLost(ProposalDigest)
        /// The window is over here, but for an action that was handed over.
        case ended(Outcome)
        /// A message had no effect, for this reason.
        case dropped(MessageDrop, from: EthereumAddress)
    }

    /// Our accept: as a proposal of our own, or as a verdict on another's.
    package struct Vote: Sendable, Hashable {
        /// How the vote is told to the others.
        package enum Form: Sendable, Hashable {
            case proposal
            case verdict
        }

        package let form: Form
        package let digest: ProposalDigest
        package let proposal: Proposal
        /// The block at which the proposal was found valid.
        package let block: BlockReference
        /// How many seats must accept the digest.
        package let agreementSeats: Int

        /// Describes a choice, or one read back from disk.
        package init(
            form: Form, digest: ProposalDigest, proposal: Proposal, block: BlockReference, agreementSeats: Int
        ) {
            self.form = form
            self.digest = digest
            self.proposal = proposal
            self.block = block
            self.agreementSeats = agreementSeats
        }

        /// The payload of the envelope that tells it.
        package var payload: Bytes {
            switch form {
            case .proposal: proposal.encoded
            case .verdict: Verdict(digest: digest, answer: .accept, block: block).encoded
            }
        }
    }

    /// An agreed action on its way to the dispatcher (coordination.md §8).
    package struct HandOver: Sendable, Hashable {
        package let digest: ProposalDigest
        package let proposal: Proposal
        package let agreementSeats: Int
        /// The block of the rules' execution, the same at every member.
        package let begin: BlockNumber
        package let expiry: BlockNumber
        /// The operators whose accepts made it complete, ascending.
        package let accepted: [EthereumAddress]
    }

    /// The window and the profile that rules it.
    package let window: CoordinationWindow
    package let profile: ProtocolProfile
    package let domain: Domain
    package let group: SigningGroup
    /// The operator whose part this is.
    package let me: EthereumAddress

    /// The head of the host chain as last told.
    package internal(set) var head: BlockNumber
    /// Known once the seed was read.
    package internal(set) var election: Election?
    /// Our choice; made once, never changed.
    package internal(set) var vote: Vote?
    /// Set once the action is handed over or a no-op agreed.
    package internal(set) var handOver: HandOver?
    /// The outcome here, without that of a handed-over action.
    package internal(set) var outcome: Outcome?

    var book = ProposalBook()
    var ballots = Ballots()
    var search = ProposalSearch.notBegun
    /// Why our last walk through the checklist gave no proposal, not even a no-op: the rule by which an action of it could
    /// not be judged (coordination.md §8); nil where that is not so.
    package internal(set) var withheld: RuleID?
    var repeats: RepeatSchedule?
    var waiting: [(Envelope, Bytes, EthereumAddress)] = []
    var idlenessJudged = false
    /// Whether the active phase was followed block by block: who was away, behind or without a seed has not heard what it
    /// has not heard, and charges nobody with silence (coordination.md §6).
    var followed: Bool
    /// The operators to whom our link stood throughout the active phase so far; nil before it.
    var linked: Set<EthereumAddress>?
    /// Whether our head is fresh. With a stale one nobody can tell whether the time for votes is over, so none is cast.
    package var isHeadFresh = true
    /// Whether the head was stale while a vote could be cast.
    var wasStale = false
    var lostAgreement = false

    /// Begins an operator's part. The window's messages may be given before its coordination block arrives: they wait.
    package init(
        window: CoordinationWindow, profile: ProtocolProfile, domain: Domain, group: SigningGroup,
        me: EthereumAddress, head: BlockNumber
    ) {
        self.window = window
        self.profile = profile
        self.domain = domain
        self.group = group
        self.me = me
        self.head = head
        followed = head < window.start
    }

    /// Takes the head of the host chain. `reachable` are the operators to whom a link stands, with or without ourselves;
    /// `inSync` says that the block came at its pace, and in no burst after a silence (``HeadClock``). Idleness is charged
    /// only by who was in sync and linked to operators of `t` seats for the whole active phase.
    package mutating func blockArrived(
        _ block: BlockNumber, inSync: Bool, reachable: Set<EthereumAddress>
    ) -> [Effect] {
        guard block > head else { return [] }
        if block >= window.start, head <= window.activeEnd(profile) {
            if block > head.adding(1) && block > window.start || !inSync { followed = false }
            linked = linked?.intersection(reachable) ?? reachable
        }
        head = block
        var effects: [Effect] = []
        defer { checkInvariants() }
        if election == nil {
            // Not before the window opens: only then is the seed block as deep as the safe shift, and the same to all.
            // Asking again each block costs one small read.
            if block >= window.start, outcome == nil {
                effects.append(.readSeed(window.seedBlock(profile)))
            }
        }
        effects += releaseWaiting()
        effects += judgeIdleness()
        effects += advance()
        return effects
    }

    /// The link to an operator fell.
    package mutating func linkFell(_ peer: EthereumAddress) { linked?.remove(peer) }

    /// Takes the hash of the seed block as the followed chain shows it; the first one stands.
    package mutating func seedRead(_ hash: Hash32) -> [Effect] {
        guard election == nil, outcome == nil else { return [] }
        let election = Election(
            wallet: group.wallet, safeBlockHash: hash, window: window.index, operators: group.operators,
            profile: profile)
        self.election = election
        defer { checkInvariants() }
        return [.elected(election)] + releaseWaiting() + advance()
    }

    /// Takes the result of looking for a proposal of an action.
    package mutating func generated(_ action: ActionKind, _ result: SearchResult) -> [Effect] {
        defer { checkInvariants() }
        return searched(action, result) + advance()
    }

    /// Takes the result of validating a proposal.
    package mutating func checked(_ digest: ProposalDigest, _ check: ProposalCheck) -> [Effect] {
        defer { checkInvariants() }
        return judged(digest, check) + advance()
    }

    /// Gives up the window for a reason of the node's own (paused, halted, no view of the chain).
    package mutating func abandon(_ outcome: Outcome) -> [Effect] {
        guard self.outcome == nil else { return [] }
        return end(outcome)
    }

    /// What was asked will not be answered, since the blocks at which it was asked are gone: it is asked again.
    package mutating func questionsLost() {
        for (digest, candidate) in book.candidates where candidate.check == .running {
            book.candidates[digest]?.check = .unchecked
        }
        if case .looking(let actions, _, let unsure) = search {
            search = .looking(actions, again: head, unsure: unsure)
        }
    }

    /// What follows from all that is known now.
    mutating func advance() -> [Effect] {
        guard outcome == nil, head >= window.start else { return [] }
        // Without a seed nothing can be judged; the window still ends, and only once.
        guard let election else { return conclude() }
        var effects: [Effect] = []
        effects += recheck()
        if !isHeadFresh, vote == nil, head < voteEnd { wasStale = true }
        if isHeadFresh { effects += propose(election) + choose(election) }
        effects += repeatProposal()
        effects += agree()
        effects += conclude()
        return effects
    }

    mutating func end(_ outcome: Outcome) -> [Effect] {
        self.outcome = outcome
        return [.ended(outcome)]
    }

    /// Says whether the state keeps its promises; a breach is a bug of this machine.
    func checkInvariants() {
        #if DEBUG
            if let handOver {
                precondition(vote?.digest == handOver.digest, "S3: what is handed over is what we accepted")
                precondition(head >= window.endBlock(profile), "nothing is handed over before the window ends")
            }
            if let vote { precondition(book.candidates[vote.digest] != nil, "what we stand by is in the book") }
            precondition(ballots.accepts.count <= group.operators.count, "one ballot an operator")
        #endif
    }

    package static func == (left: WindowMachine, right: WindowMachine) -> Bool {
        left.window == right.window && left.head == right.head && left.election == right.election
            && left.vote == right.vote && left.handOver == right.handOver && left.outcome == right.outcome
            && left.book == right.book && left.ballots == right.ballots && left.search == right.search
            && left.withheld == right.withheld
            && left.repeats == right.repeats && left.waiting.map(\.1) == right.waiting.map(\.1)
            && left.idlenessJudged == right.idlenessJudged && left.followed == right.followed
            && left.lostAgreement == right.lostAgreement && left.linked == right.linked
            && left.isHeadFresh == right.isHeadFresh && left.wasStale == right.wasStale && left.group == right.group
            && left.me == right.me
            && left.domain == right.domain
    }
}

extension WindowMachine {
    /// A proposal that is known here, by its digest.
    package func proposal(_ digest: ProposalDigest) -> Proposal? { book.candidates[digest]?.proposal }
}
