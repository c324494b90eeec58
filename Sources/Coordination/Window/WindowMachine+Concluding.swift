import Primitives

extension WindowMachine {
    /// Whether our own accept is part of a complete set (coordination.md §8).
    package var holdsAgreement: Bool {
        guard let vote else { return false }
        return group.seatCount(of: ballots.supporters(of: vote.digest)) >= vote.agreementSeats
    }

    /// Hands the action over once our own accept is part of a complete set and the window is over (coordination.md §8).
    mutating func agree() -> [Effect] {
        guard handOver == nil, let vote, head >= window.endBlock(profile), holdsAgreement else { return [] }
        let begin = window.endBlock(profile)
        let handOver = HandOver(
            digest: vote.digest, proposal: vote.proposal, agreementSeats: vote.agreementSeats, begin: begin,
            expiry: begin.adding(profile.validity(of: vote.proposal.action)),
            accepted: ballots.supporters(of: vote.digest))
        self.handOver = handOver
        if vote.proposal == .noop { return end(.noAction) }
        return end(.agreed(vote.proposal.action)) + [.handOver(handOver)]
    }

    /// Ends the window if an agreement is no longer possible.
    mutating func conclude() -> [Effect] {
        guard outcome == nil else { return [] }
        let isSilent = book.candidates.values.allSatisfy { $0.senders.isEmpty }
        if let election, head > window.activeEnd(profile), isSilent {
            // Only an equivocating proposer removes a proposal. Other equivocating operators must not hide why none
            // arrived.
            guard ballots.void.allSatisfy({ election.place(of: $0) == nil }) else { return end(.equivocation) }
            // A proposer that could not judge an action is not idle; its view is incomplete.
            let mine = myPlace(election) == nil ? nil : withheld ?? search.unsure
            guard followed else { return end(.notSynced(Self.blocksRule)) }
            return end(mine.map(Outcome.notSynced) ?? .leaderIdle)
        }
        guard head > window.verdictsEnd(profile) else { return [] }
        if vote != nil { return end(ballots.void.isEmpty ? .noQuorum : afterEquivocation) }
        guard let election else { return end(.notSynced(Self.seedRule)) }
        let ranked = book.ranked(election, void: ballots.void) { _ in true }
        guard let first = ranked.first, let candidate = book.candidates[first.0] else { return end(.equivocation) }
        switch candidate.check {
        case .refused(let failure), .waiting(let failure, _):
            if failure.failureClass == .cannotTell { return end(.notSynced(failure.rule)) }
            return end(failure.rule == Self.busyRule ? .walletBusy : .rejected(failure.rule))
        case .unchecked, .running: return end(.notSynced(Self.checkRule))
        // The proposal is valid and was not accepted: the head was too old to vote, or the check came too late.
        case .valid: return end(.notSynced(wasStale ? Self.hostRule : Self.checkRule))
        }
    }

    /// At the end of the active phase, charges proposers that stayed silent in their slots (coordination.md §6).
    mutating func judgeIdleness() -> [Effect] {
        guard !idlenessJudged, head > window.activeEnd(profile) else { return [] }
        idlenessJudged = true
        if election == nil { followed = false }
        guard let election, outcome == nil, followed else { return [] }
        guard group.seatCount(of: (linked ?? []).union([me])) >= group.threshold else { return [] }
        var effects: [Effect] = []
        for (place, proposer) in election.proposers.enumerated() where proposer != me {
            guard book.firstBySender[proposer] == nil, !ballots.void.contains(proposer) else { continue }
            if place > 0 {
                // A reserve owes a proposal only if it signed no accept for another and none was known before its slot.
                guard ballots.accepts[proposer] == nil, !proposalKnown(beforeSlotOf: place, election) else { continue }
            }
            effects.append(.fault(fault(.leaderIdleness, proposer)))
        }
        return effects
    }

    /// The rule under which a wallet that is still busy refuses a new action (wallet-actions.md §9.1).
    static let busyRule = ActionRule.walletBusy.id
    /// The reasons of a window that ended `not_synced` without a rule of a proposal.
    static let seedRule = SyncReason.seed.id
    static let blocksRule = SyncReason.blocks.id
    static let checkRule = SyncReason.check.id
    /// The rule under which no proposal is accepted while the head is too old (wallet-actions.md §9.1).
    static let hostRule = ActionRule.chainHost.id

    private var afterEquivocation: Outcome {
        guard let vote else { return .noQuorum }
        // If the voided seats would have sufficed, the equivocation prevented the agreement.
        let all = ballots.accepts.filter { $0.value.digest == vote.digest }.keys
        return group.seatCount(of: all) >= vote.agreementSeats ? .equivocation : .noQuorum
    }

    private func proposalKnown(beforeSlotOf place: Int, _ election: Election) -> Bool {
        let slot = window.slotStart(place: place, profile)
        return book.arrivals.values.contains { $0 < slot }
    }
}
