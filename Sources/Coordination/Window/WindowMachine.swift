package import Primitives

/// One operator's part in one window of one wallet: who may speak, what is accepted, when it is agreed (coordination.md
/// §4 to §9).
///
/// It reads no chain and signs nothing. It asks for searches and validations by effects and takes the results as
/// inputs. Its votes and rejects are effects too. The caller writes ``Effect/vote(_:)`` to disk before it sends
/// anything after it. The same inputs give the same effects, so a restart that replays the stored inputs resumes the
/// window.
package struct WindowMachine: Sendable, Equatable {
    /// An action that the machine requests. Effects are carried out in order.
    package enum Effect: Sendable, Equatable {
        /// Read the hash of this block and hand it to ``seedRead(_:)``.
        case readSeed(BlockNumber)
        /// The election is known.
        case elected(Election)
        /// Look for a proposal of this action at the coordination block; answer with ``generated(_:_:)``.
        case generate(ActionKind)
        /// Validate this proposal at the coordination block; answer with ``checked(_:_:)``.
        case validate(ProposalDigest, Proposal)
        /// Our one vote in this window. It must be durable before any later message is sent.
        case vote(Vote)
        /// Our reject of a proposal. It must be durable before it is sent.
        case reject(Verdict, FailureClass)
        /// Send our proposal again, byte for byte.
        case repeatProposal(ProposalDigest)
        /// Send a proposal on to every member, exactly as received.
        case echo(Bytes)
        /// Keep an envelope, exactly as received, with the block at which it arrived.
        case keep(Bytes, MessageKind, from: EthereumAddress)
        /// Charge an operator with a fault.
        case fault(Fault)
        /// Hand the agreed action over.
        case handOver(HandOver)
        /// The remaining accepts for the handed-over digest no longer suffice.
        case agreementLost(ProposalDigest)
        /// The window is over at this node, except for an action that was handed over.
        case ended(Outcome)
        /// A message had no effect, for this reason.
        case dropped(MessageDrop, from: EthereumAddress)
    }

    /// Our accept: a proposal of our own, or a verdict on another operator's.
    package struct Vote: Sendable, Hashable {
        /// The form in which the vote is sent to the others.
        package enum Form: Sendable, Hashable {
            case proposal
            case verdict
        }

        package let form: Form
        package let digest: ProposalDigest
        package let proposal: Proposal
        /// The block at which the proposal was found valid.
        package let block: BlockReference
        /// The number of seats that must accept the digest.
        package let agreementSeats: Int

        /// Makes a vote, new or read back from disk.
        package init(
            form: Form, digest: ProposalDigest, proposal: Proposal, block: BlockReference, agreementSeats: Int
        ) {
            self.form = form
            self.digest = digest
            self.proposal = proposal
            self.block = block
            self.agreementSeats = agreementSeats
        }

        /// The payload of the envelope that carries the vote.
        package var payload: Bytes {
            switch form {
            case .proposal: proposal.encoded
            case .verdict: Verdict(digest: digest, answer: .accept, block: block).encoded
            }
        }
    }

    /// An agreed action for the dispatcher (coordination.md §8).
    package struct HandOver: Sendable, Hashable {
        package let digest: ProposalDigest
        package let proposal: Proposal
        package let agreementSeats: Int
        /// The block at which the rules let execution begin, the same at every member.
        package let begin: BlockNumber
        package let expiry: BlockNumber
        /// The operators whose accepts completed the agreement, in ascending order.
        package let accepted: [EthereumAddress]
    }

    /// The window.
    package let window: CoordinationWindow
    package let profile: ProtocolProfile
    package let domain: Domain
    package let group: SigningGroup
    /// This node's operator.
    package let me: EthereumAddress

    /// The newest head of the host chain that was given.
    package internal(set) var head: BlockNumber
    /// The election; nil until the seed was read.
    package internal(set) var election: Election?
    /// Our vote; made once, never changed.
    package internal(set) var vote: Vote?
    /// The action that was handed over, or the agreed no-op; nil before.
    package internal(set) var handOver: HandOver?
    /// The outcome at this node, without that of a handed-over action.
    package internal(set) var outcome: Outcome?

    var book = ProposalBook()
    var ballots = Ballots()
    var search = ProposalSearch.notBegun
    /// The rule by which an action of the checklist could not be judged, if our last search therefore gave no proposal,
    /// not even a no-op (coordination.md §8); nil otherwise.
    package internal(set) var withheld: RuleID?
    var repeats: RepeatSchedule?
    var waiting: [(Envelope, Bytes, EthereumAddress)] = []
    var idlenessJudged = false
    /// Whether this node saw every block of the active phase, in sync and with a seed. If it missed blocks it cannot
    /// tell a silent leader from a message it missed, so it charges no idleness (coordination.md §6).
    var followed: Bool
    /// The operators to which our link has stood for the whole active phase so far; nil before it.
    var linked: Set<EthereumAddress>?
    /// Whether our head is fresh. With a stale head the node cannot tell whether the time for votes is over, so it
    /// casts none.
    package var isHeadFresh = true
    /// Whether the head was stale while a vote could be cast.
    var wasStale = false
    var lostAgreement = false

    /// Begins an operator's part. Messages that arrive before the window's coordination block wait.
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

    /// Takes the head of the host chain. `reachable` are the operators to which a link stands, with or without
    /// ourselves. `inSync` says that the block came at its pace and not in a burst after a silence (``HeadClock``).
    /// This node charges idleness only if it was in sync and linked to operators of `t` seats for the whole active
    /// phase.
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
            // The seed is not read before the window opens: only then is the seed block as deep as the safe shift and
            // the same for all. Asking again at each block costs one small read.
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

    /// Takes the hash of the seed block on the followed chain. The first hash taken is final.
    package mutating func seedRead(_ hash: Hash32) -> [Effect] {
        guard election == nil, outcome == nil else { return [] }
        let election = Election(
            wallet: group.wallet, safeBlockHash: hash, window: window.index, operators: group.operators,
            profile: profile)
        self.election = election
        defer { checkInvariants() }
        return [.elected(election)] + releaseWaiting() + advance()
    }

    /// Takes the result of the search for a proposal of an action.
    package mutating func generated(_ action: ActionKind, _ result: SearchResult) -> [Effect] {
        defer { checkInvariants() }
        return searched(action, result) + advance()
    }

    /// Takes the result of a proposal's validation.
    package mutating func checked(_ digest: ProposalDigest, _ check: ProposalCheck) -> [Effect] {
        defer { checkInvariants() }
        return judged(digest, check) + advance()
    }

    /// Ends the window for a reason of the node itself (paused, halted, no view of the chain).
    package mutating func abandon(_ outcome: Outcome) -> [Effect] {
        guard self.outcome == nil else { return [] }
        return end(outcome)
    }

    /// Marks unanswered searches and validations to be asked again, because their blocks are orphaned.
    package mutating func questionsLost() {
        for (digest, candidate) in book.candidates where candidate.check == .running {
            book.candidates[digest]?.check = .unchecked
        }
        if case .looking(let actions, _, let unsure) = search {
            search = .looking(actions, again: head, unsure: unsure)
        }
    }

    /// Derives all effects of the present state.
    mutating func advance() -> [Effect] {
        guard outcome == nil, head >= window.start else { return [] }
        // Without a seed nothing can be judged. The window still ends, exactly once.
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

    /// Checks the invariants of the state; a violation is a bug of this machine.
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
    /// The known proposal with a digest.
    package func proposal(_ digest: ProposalDigest) -> Proposal? { book.candidates[digest]?.proposal }
}
