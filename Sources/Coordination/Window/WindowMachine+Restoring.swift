package import Primitives

extension WindowMachine {
    /// The stored state of a window that was under way when the process stopped.
    package struct Saved: Sendable {
        /// The hash that seeded the window, once known.
        package var seedHash: Hash32?
        /// Other operators' envelopes, exactly as received, in the order in which they were kept.
        package var kept: [Kept] = []
        /// Our vote, and the block at which it was made.
        package var vote: (Vote, BlockNumber)?
        /// Our rejects.
        package var rejects: [(Verdict, FailureClass)] = []
        /// The outcome at this node.
        package var outcome: Outcome?

        /// An envelope with its signer, checked when it arrived, and the head at that time.
        package struct Kept: Sendable {
            package let envelope: Envelope
            package let raw: Bytes
            package let signer: EthereumAddress
            package let arrival: BlockNumber

            /// Makes an envelope read back from disk.
            package init(envelope: Envelope, raw: Bytes, signer: EthereumAddress, arrival: BlockNumber) {
                self.envelope = envelope
                self.raw = raw
                self.signer = signer
                self.arrival = arrival
            }
        }

        /// Makes the state of a window without stored data.
        package init() {}
    }

    /// Restores a window from its stored state; called once, on a fresh machine, before any other input.
    ///
    /// The vote stays as it was. Envelopes count with the block of their arrival. Proposals not yet judged are
    /// validated again by the effects of the next block.
    package mutating func restore(_ saved: Saved) {
        precondition(election == nil && vote == nil && outcome == nil, "only a fresh machine is restored")
        let present = head
        if let seedHash = saved.seedHash {
            election = Election(
                wallet: group.wallet, safeBlockHash: seedHash, window: window.index, operators: group.operators,
                profile: profile)
        }
        for kept in saved.kept {
            head = kept.arrival
            // A kept proposal had arrived in its slot, even if the followed chain had by then gone back behind the
            // slot.
            if kept.envelope.kind == .proposal, let place = election?.place(of: kept.signer) {
                head = max(head, window.slotStart(place: place, profile))
            }
            _ = take(kept.envelope, raw: kept.raw, from: kept.signer)
        }
        questionsLost()
        search = .notBegun
        if let (vote, block) = saved.vote {
            if book.candidates[vote.digest] == nil {
                book.candidates[vote.digest] = ProposalBook.Candidate(
                    proposal: vote.proposal, payload: vote.proposal.encoded, senders: [])
            }
            book.candidates[vote.digest]?.check = .valid(block: vote.block, agreementSeats: vote.agreementSeats)
            if vote.form == .proposal {
                book.candidates[vote.digest]?.senders.append(me)
                book.arrivals[me] = block
                repeats = RepeatSchedule(sentAt: block)
            }
            cast(vote)
        }
        for (verdict, failureClass) in saved.rejects {
            guard case .reject(let rule, let proposed, let found) = verdict.answer else { continue }
            book.candidates[verdict.digest]?.check = .refused(
                ProposalCheck.Failure(
                    rule: rule, failureClass: failureClass, proposed: proposed, found: found, block: verdict.block))
        }
        head = max(present, head)
        idlenessJudged = head > window.activeEnd(profile)
        outcome = saved.outcome
        if case .agreed = saved.outcome, let vote {
            let begin = window.endBlock(profile)
            // The chain that is followed now may be shorter than the one that showed the end of the window.
            head = max(head, begin)
            handOver = HandOver(
                digest: vote.digest, proposal: vote.proposal, agreementSeats: vote.agreementSeats, begin: begin,
                expiry: begin.adding(profile.validity(of: vote.proposal.action)),
                accepted: ballots.supporters(of: vote.digest))
        }
    }

    /// Asks again, right after a restart, for everything that was under way.
    package mutating func resume() -> [Effect] {
        guard outcome == nil else { return [] }
        guard election != nil else {
            return head >= window.start ? [.readSeed(window.seedBlock(profile))] : []
        }
        var effects: [Effect] = []
        for digest in book.candidates.keys.sorted() { effects += startCheck(digest) }
        return effects + advance()
    }
}
