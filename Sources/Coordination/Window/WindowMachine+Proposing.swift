import Primitives

extension WindowMachine {
    /// Our place among the proposers: 0 for the leader; nil if we may not propose.
    func myPlace(_ election: Election) -> Int? { election.place(of: me) }

    /// Searches, validates and sends our own proposal when our slot asks for one.
    mutating func propose(_ election: Election) -> [Effect] {
        guard let place = myPlace(election), head <= window.activeEnd(profile) else { return [] }
        let start = window.slotStart(place: place, profile)
        let end = window.slotEnd(place: place, places: election.proposerCount, profile)
        guard head >= start, !sentOwnProposal else { return [] }
        // No operator sends a first proposal in the last blocks of its slot (`slotGuard`).
        guard head.adding(profile.slotGuard) < end else { return [] }
        let mayPropose = place == 0 || head >= start.adding(profile.reserveWait)

        if place > 0, let higher = higherValid(election, place: place) {
            // A reserve repeats a valid proposal of a higher-placed leader: same payload, same digest.
            guard mayPropose, vote == nil || vote?.digest == higher else { return [] }
            return send(higher)
        }
        guard vote == nil else { return [] }
        switch search {
        case .notBegun: return look(election.checklist.actions, unsure: nil)
        case .looking(let actions, let again?, let unsure) where head >= again: return look(actions, unsure: unsure)
        case .looking: return []
        case .nothing: return stand(by: .noop, rest: [], unsure: nil)
        case .found(let digest, _, _):
            guard mayPropose, case .valid = book.candidates[digest]?.check else { return [] }
            return send(digest)
        }
    }

    /// Takes a result of the search. The next action is tried, or a found proposal is validated by our own rules for
    /// followers. After an error the search is repeated at the next block while half of our slot is left.
    mutating func searched(_ action: ActionKind, _ result: SearchResult) -> [Effect] {
        guard outcome == nil, case .looking(let actions, _, let unsure) = search, actions.first == action else {
            return []
        }
        let rest = Array(actions.dropFirst())
        switch result {
        case .proposal(let proposal): return stand(by: proposal, rest: rest, unsure: unsure)
        case .nothing: return look(rest, unsure: unsure)
        case .failed(let rule):
            guard retryIsWorthIt else { return look(rest, unsure: unsure ?? rule) }
            search = .looking(actions, again: head.adding(1), unsure: unsure)
            return []
        }
    }

    /// Repeats our proposal if a repeat is due at this block.
    mutating func repeatProposal() -> [Effect] {
        guard var schedule = repeats, head >= schedule.next, head <= window.activeEnd(profile), let vote else {
            return []
        }
        schedule.advance(past: head)
        repeats = schedule
        return [.repeatProposal(vote.digest)]
    }

    /// Searches as a follower, to judge a no-op.
    mutating func searchForJudgement(_ election: Election) -> [Effect] {
        switch search {
        case .notBegun: look(election.checklist.actions, unsure: nil)
        case .looking(let actions, let again?, let unsure) where head >= again: look(actions, unsure: unsure)
        case .looking, .found, .nothing: []
        }
    }

    /// Whether our proposal was sent. After a restart it is our vote, so no new search begins; an unsent one is
    /// searched again.
    var sentOwnProposal: Bool { repeats != nil }

    private mutating func look(_ actions: [ActionKind], unsure: RuleID?) -> [Effect] {
        if let next = actions.first {
            search = .looking(actions, again: nil, unsure: unsure)
            return [.generate(next)]
        }
        // With an action that cannot be judged, the node does not propose a no-op. It searches the list again at the
        // next block while its slot lasts; after that the next reserve may propose.
        withheld = unsure
        search =
            unsure == nil ? .nothing : .looking(election?.checklist.actions ?? [], again: head.adding(1), unsure: nil)
        return []
    }

    /// Adds our found proposal to the book and starts its validation, as for any other proposal.
    private mutating func stand(by proposal: Proposal, rest: [ActionKind], unsure: RuleID?) -> [Effect] {
        let payload = proposal.encoded
        let digest = digest(of: payload)
        search = .found(digest, rest: rest, unsure: unsure)
        guard book.candidates[digest] == nil else { return [] }
        book.candidates[digest] = ProposalBook.Candidate(proposal: proposal, payload: payload, senders: [])
        return startCheck(digest)
    }

    /// Handles the failure of our own proposal under our own rules: the next action is tried.
    mutating func findFailed(_ digest: ProposalDigest, _ failure: ProposalCheck.Failure) -> [Effect] {
        guard case .found(digest, let rest, let unsure) = search else { return [] }
        let isNoop = book.candidates[digest]?.proposal == .noop
        if book.candidates[digest]?.senders.isEmpty == true { book.candidates[digest] = nil }
        guard isNoop else {
            return look(rest, unsure: unsure ?? (failure.failureClass == .cannotTell ? failure.rule : nil))
        }
        // An action is needed after all, or our sources are silent: the list is searched again, from the next block on.
        withheld = failure.failureClass == .cannotTell ? failure.rule : nil
        search = .looking(election?.checklist.actions ?? [], again: head.adding(1), unsure: nil)
        return []
    }

    private mutating func send(_ digest: ProposalDigest) -> [Effect] {
        guard case .valid(let block, let seats)? = book.candidates[digest]?.check,
            let proposal = book.candidates[digest]?.proposal
        else { return [] }
        let vote = Vote(form: .proposal, digest: digest, proposal: proposal, block: block, agreementSeats: seats)
        book.candidates[digest]?.senders.append(me)
        book.arrivals[me] = head
        repeats = RepeatSchedule(sentAt: head)
        withheld = nil
        cast(vote)
        return [.vote(vote)]
    }

    /// Records our vote, once. A proposal for a digest that we accepted already adds no second vote.
    mutating func cast(_ vote: Vote) {
        if self.vote == nil { self.vote = vote }
        let kind: MessageKind = vote.form == .proposal ? .proposal : .verdict
        _ = ballots.cast(Ballots.Ballot(digest: vote.digest, envelope: [], kind: kind), by: me)
    }

    private func higherValid(_ election: Election, place: Int) -> ProposalDigest? {
        let ranked = book.ranked(election, void: ballots.void) { $0 < place }
        return ranked.first { digest, _ in
            guard let candidate = book.candidates[digest], case .valid = candidate.check else { return false }
            return candidate.proposal != .noop || noopIsValid
        }?.0
    }

    private var retryIsWorthIt: Bool {
        guard let election, let place = myPlace(election) else {
            // A follower needs the result while a no-op is judged by it.
            return head < patienceEnd
        }
        let start = window.slotStart(place: place, profile)
        let end = window.slotEnd(place: place, places: election.proposerCount, profile)
        return head.blocks(since: start) * 2 < end.blocks(since: start)
    }
}
