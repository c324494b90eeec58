package import Primitives

extension WindowMachine {
    /// The maximum number of envelopes kept for one sender in one window (coordination.md §6).
    static let keptPerSender = 8
    /// The number of blocks before the window opens from which its messages are kept (coordination.md §6, filter 4).
    static let keptAhead: UInt64 = 2

    /// Takes a proposal or verdict that passed filters 1 to 4: `signer` holds the sender seat and is another operator.
    package mutating func received(
        _ envelope: Envelope, raw: Bytes, from signer: EthereumAddress
    ) -> [Effect] {
        defer { checkInvariants() }
        guard head.adding(Self.keptAhead) >= window.start else { return [.dropped(.early, from: signer)] }
        guard election != nil, head >= window.start else {
            guard !waiting.contains(where: { $0.1 == raw }) else { return [.dropped(.duplicate, from: signer)] }
            guard waiting.count(where: { $0.2 == signer }) < Self.keptPerSender else {
                return [.dropped(.tooMany, from: signer)]
            }
            waiting.append((envelope, raw, signer))
            return []
        }
        return take(envelope, raw: raw, from: signer) + advance()
    }

    /// The sender of these exact bytes, if they were taken as a proposal before. Repeats and echoes are recognised in
    /// this way without a check of the signature.
    package func sender(ofKnown raw: Bytes) -> EthereumAddress? {
        book.firstBySender.first { $0.value.envelope == raw }?.key
    }

    mutating func releaseWaiting() -> [Effect] {
        guard let election, head >= window.start else { return [] }
        let kept = waiting
        waiting = kept.filter { !slotHasBegun($0.0, $0.2, election) }
        var effects: [Effect] = []
        for (envelope, raw, signer) in kept where slotHasBegun(envelope, signer, election) {
            effects += take(envelope, raw: raw, from: signer)
        }
        return effects
    }

    private func slotHasBegun(_ envelope: Envelope, _ signer: EthereumAddress, _ election: Election) -> Bool {
        guard envelope.kind == .proposal, let place = election.place(of: signer) else { return true }
        return head >= window.slotStart(place: place, profile)
    }

    mutating func take(_ envelope: Envelope, raw: Bytes, from signer: EthereumAddress) -> [Effect] {
        switch envelope.kind {
        case .proposal: takeProposal(envelope, raw: raw, from: signer)
        case .verdict: takeVerdict(envelope, raw: raw, from: signer)
        case .status, .signReady, .frostNonces, .frostRequest, .frostShares, .signResult:
            [.dropped(.malformed, from: signer)]
        }
    }

    /// Applies filters 5 to 9 to a proposal; filter 10 follows by `checked`.
    private mutating func takeProposal(_ envelope: Envelope, raw: Bytes, from signer: EthereumAddress) -> [Effect] {
        guard let election else { return [] }
        guard let proposal = try? Proposal(decoding: envelope.payload),
            UInt64(raw.count) <= profile.messageLimit
        else { return [.dropped(.malformed, from: signer)] }
        let digest = digest(of: envelope.payload)
        if head > window.activeEnd(profile) {
            // A late proposal is used only as evidence of a second proposal or accept.
            return evidence(digest, raw: raw, kind: .proposal, from: signer) ?? [.dropped(.late, from: signer)]
        }
        guard let place = election.place(of: signer) else {
            return [
                .fault(fault(.leaderImpersonation, signer, evidence: [raw])), .dropped(.impersonation, from: signer),
            ]
        }
        if head < window.slotStart(place: place, profile) {
            // A proposal before its slot is kept until the slot begins. It is never a fault, because our own head may
            // lag. One digest is kept for each reserve.
            guard !waiting.contains(where: { $0.2 == signer && $0.0.kind == .proposal }) else {
                return [.dropped(.early, from: signer)]
            }
            waiting.append((envelope, raw, signer))
            return []
        }
        guard group.lowestSeat(of: signer) == envelope.seat else {
            return [
                .fault(fault(.leaderMistake, signer, rule: WindowRule.seat.id, evidence: [raw])),
                .dropped(.seat, from: signer),
            ]
        }
        guard election.checklist.allows(proposal.action) else {
            return [
                .fault(fault(.leaderMistake, signer, rule: WindowRule.checklist.id, evidence: [raw])),
                .dropped(.checklist, from: signer),
            ]
        }
        if let effects = evidence(digest, raw: raw, kind: .proposal, from: signer) { return effects }
        guard book.firstBySender[signer] == nil else { return [.dropped(.duplicate, from: signer)] }
        guard !ballots.void.contains(signer) else { return [.dropped(.equivocation, from: signer)] }

        book.firstBySender[signer] = ProposalBook.First(digest: digest, envelope: raw)
        book.arrivals[signer] = head
        _ = ballots.cast(Ballots.Ballot(digest: digest, envelope: raw, kind: .proposal), by: signer)
        if var candidate = book.candidates[digest] {
            candidate.senders.append(signer)
            book.candidates[digest] = candidate
        } else {
            book.candidates[digest] = ProposalBook.Candidate(
                proposal: proposal, payload: envelope.payload, senders: [signer])
        }
        return [.keep(raw, .proposal, from: signer), .echo(raw)] + startCheck(digest)
    }

    private mutating func takeVerdict(_ envelope: Envelope, raw: Bytes, from signer: EthereumAddress) -> [Effect] {
        guard let verdict = try? Verdict(decoding: envelope.payload) else {
            return [.dropped(.malformed, from: signer)]
        }
        guard group.lowestSeat(of: signer) == envelope.seat else { return [.dropped(.seat, from: signer)] }
        let late = head > window.verdictsEnd(profile)
        guard verdict.isAccept else {
            guard !late else { return [.dropped(.late, from: signer)] }
            return takeReject(verdict, raw: raw, from: signer)
        }
        if let effects = evidence(verdict.digest, raw: raw, kind: .verdict, from: signer) { return effects }
        guard !late else { return [.dropped(.late, from: signer)] }
        let ballot = Ballots.Ballot(digest: verdict.digest, envelope: raw, kind: .verdict)
        guard ballots.cast(ballot, by: signer) == .first else { return [.dropped(.duplicate, from: signer)] }
        return [.keep(raw, .verdict, from: signer)]
    }

    private mutating func takeReject(_ verdict: Verdict, raw: Bytes, from signer: EthereumAddress) -> [Effect] {
        var rejected = ballots.rejects[signer, default: []]
        guard !rejected.contains(verdict.digest) else { return [.dropped(.duplicate, from: signer)] }
        // One reject is kept for each known proposal, and one in total for unknown digests.
        let unknown = rejected.count { book.candidates[$0] == nil }
        guard book.candidates[verdict.digest] != nil || unknown == 0, rejected.count < Self.keptPerSender - 2 else {
            return [.dropped(.tooMany, from: signer)]
        }
        rejected.insert(verdict.digest)
        ballots.rejects[signer] = rejected
        return [.keep(raw, .verdict, from: signer)]
    }

    /// Applies filter 9 and coordination.md §8: effects if this accept contradicts an earlier one of the sender, else
    /// nil.
    private mutating func evidence(
        _ digest: ProposalDigest, raw: Bytes, kind: MessageKind, from signer: EthereumAddress
    ) -> [Effect]? {
        guard !ballots.void.contains(signer) else {
            return [.dropped(.equivocation, from: signer)]
        }
        if kind == .proposal, let first = book.firstBySender[signer], first.digest != digest {
            ballots.void(signer)
            return equivocated(.leaderEquivocation, signer, first.envelope, raw, kind)
        }
        guard let first = ballots.accepts[signer], first.digest != digest else { return nil }
        ballots.void(signer)
        let fault: FaultKind =
            first.kind == .proposal && kind == .proposal ? .leaderEquivocation : .verdictEquivocation
        return equivocated(fault, signer, first.envelope, raw, kind)
    }

    private mutating func equivocated(
        _ kind: FaultKind, _ signer: EthereumAddress, _ first: Bytes, _ second: Bytes, _ message: MessageKind
    ) -> [Effect] {
        var effects: [Effect] = [
            .keep(second, message, from: signer), .fault(fault(kind, signer, evidence: [first, second])),
            .dropped(.equivocation, from: signer),
        ]
        if let handOver, !lostAgreement,
            group.seatCount(of: ballots.supporters(of: handOver.digest)) < handOver.agreementSeats
        {
            lostAgreement = true
            effects.append(.agreementLost(handOver.digest))
        }
        return effects
    }

    func fault(
        _ kind: FaultKind, _ culprit: EthereumAddress, rule: RuleID? = nil, evidence: [Bytes] = []
    ) -> Fault {
        Fault(
            kind: kind, culprit: culprit, wallet: group.wallet, coordinationBlock: window.start, rule: rule,
            evidence: evidence)
    }

    func digest(of payload: Bytes) -> ProposalDigest {
        ProposalDigest(payload: payload, domain: domain, wallet: group.wallet, coordinationBlock: window.start)
    }
}
