import Primitives

extension WindowMachine {
    /// Starts the validation of a proposal, unless it is running or finished.
    mutating func startCheck(_ digest: ProposalDigest) -> [Effect] {
        guard var candidate = book.candidates[digest] else { return [] }
        switch candidate.check {
        case .unchecked, .waiting: break
        case .running, .valid, .refused: return []
        }
        candidate.check = .running
        book.candidates[digest] = candidate
        return [.validate(digest, candidate.proposal)]
    }

    /// Takes the result of a validation. After a failure, a recheck is scheduled or our reject is sent.
    mutating func judged(_ digest: ProposalDigest, _ check: ProposalCheck) -> [Effect] {
        guard var candidate = book.candidates[digest], candidate.check == .running, outcome == nil else { return [] }
        let own = candidate.senders.isEmpty
        switch check {
        case .valid(let block, let seats):
            candidate.check = .valid(block: block, agreementSeats: seats)
            book.candidates[digest] = candidate
            return []
        case .failed(let failure):
            if let again = nextCheck(failure) {
                candidate.check = .waiting(failure, until: again)
                book.candidates[digest] = candidate
                return own ? findFailed(digest, failure) : []
            }
            candidate.check = .refused(failure)
            book.candidates[digest] = candidate
            return refuse(digest, candidate, failure)
        }
    }

    /// Starts the checks that are due at this block, and ends those whose time is over.
    mutating func recheck() -> [Effect] {
        var effects: [Effect] = []
        for digest in book.candidates.keys.sorted() {
            guard let candidate = book.candidates[digest] else { continue }
            if candidate.check == .unchecked { effects += startCheck(digest) }
            guard case .waiting(let failure, let until) = candidate.check else { continue }
            if head >= until, nextCheckIsInTime(failure) || failure.failureClass == .invalid {
                effects += startCheck(digest)
            } else if !nextCheckIsInTime(failure), failure.failureClass != .invalid {
                book.candidates[digest]?.check = .refused(failure)
                effects += refuse(digest, candidate, failure)
            }
        }
        return effects
    }

    /// Accepts a valid proposal: that of the highest-placed proposer heard whose slot has begun (coordination.md §8).
    mutating func choose(_ election: Election) -> [Effect] {
        guard vote == nil, head < voteEnd else { return [] }
        let ranked = book.ranked(election, void: ballots.void) { [self] place in
            head >= window.slotStart(place: place, profile)
        }
        var noop: (ProposalDigest, BlockReference, Int)?
        for (digest, _) in ranked {
            guard let candidate = book.candidates[digest] else { continue }
            switch candidate.check {
            case .valid(let block, let seats):
                if candidate.proposal == .noop, !noopIsValid {
                    // Class V, rule `checklist.noop`.
                    if head < patienceEnd { return searchForJudgement(election) }
                    noop = (digest, block, seats)
                    continue
                }
                return accept(digest, candidate.proposal, block: block, agreementSeats: seats)
            case .unchecked, .running:
                if head < patienceEnd { return [] }
            case .waiting(let failure, _), .refused(let failure):
                if failure.failureClass != .invalid, head < patienceEnd { return [] }
            }
        }
        // No other proposal is valid: the no-op is accepted.
        guard let (digest, block, seats) = noop else { return [] }
        return accept(digest, .noop, block: block, agreementSeats: seats)
    }

    /// The block from which the node no longer waits for a proposal that cannot be judged yet.
    var patienceEnd: BlockNumber { window.activeEnd(profile).subtracting(profile.activePhase / 4) }

    /// Whether our own search found nothing either. Only then is a no-op valid (rule `checklist.noop`).
    var noopIsValid: Bool { search == .nothing }

    private mutating func accept(
        _ digest: ProposalDigest, _ proposal: Proposal, block: BlockReference, agreementSeats: Int
    ) -> [Effect] {
        let vote = Vote(
            form: .verdict, digest: digest, proposal: proposal, block: block, agreementSeats: agreementSeats)
        cast(vote)
        return [.vote(vote)]
    }

    /// The block from which no accept is signed.
    var voteEnd: BlockNumber { window.endBlock(profile).subtracting(profile.voteMargin).adding(1) }

    /// The block of the next check of a failed rule. Class I is rechecked once, when the coordination block is
    /// `faultDepth` deep. V and U are rechecked every `recheckBlocks` until `voteMargin` before the end. Nil: the
    /// failure stands.
    private func nextCheck(_ failure: ProposalCheck.Failure) -> BlockNumber? {
        switch failure.failureClass {
        case .invalid:
            let deep = window.start.adding(profile.faultDepth)
            return head < deep ? deep : nil
        case .view, .cannotTell:
            return nextCheckIsInTime(failure) ? head.adding(profile.recheckBlocks) : nil
        }
    }

    private func nextCheckIsInTime(_ failure: ProposalCheck.Failure) -> Bool {
        head.adding(profile.recheckBlocks) < voteEnd
    }

    /// Rejects a proposal if the failure's class allows it: I with a fault, V without, U not at all.
    private mutating func refuse(
        _ digest: ProposalDigest, _ candidate: ProposalBook.Candidate, _ failure: ProposalCheck.Failure
    ) -> [Effect] {
        guard !candidate.senders.isEmpty else { return findFailed(digest, failure) }
        // An operator that has voted for this proposal does not reject it as well.
        guard vote?.digest != digest, failure.failureClass != .cannotTell else { return [] }
        let verdict = Verdict(
            digest: digest,
            answer: .reject(rule: failure.rule, proposed: failure.proposed, found: failure.found),
            block: failure.block)
        var effects: [Effect] = [.reject(verdict, failure.failureClass)]
        if failure.failureClass == .invalid {
            effects += candidate.senders.filter { $0 != me }.map { sender in
                let envelopes = book.firstBySender[sender].map { [$0.envelope] } ?? []
                return .fault(fault(.leaderMistake, sender, rule: failure.rule, evidence: envelopes))
            }
        }
        return effects
    }
}
