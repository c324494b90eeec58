import Coordination
import Node
import Primitives

extension InvariantMonitor {
    /// An operator's knowledge of a liar in a window.
    struct Heard {
        /// The digest of the first accept that it kept.
        var first: ProposalDigest?
        var isCharged = false
    }

    // MARK: - What leaves

    /// Checks an envelope that leaves an operator's process; `isCommitted` says whether its disk holds it.
    func left(
        _ envelope: Bytes, by node: Int, head: BlockNumber?, isCommitted: (WindowKey) -> Bool
    ) throws(Invariant.Breach) {
        guard let header = EnvelopeHeader(envelope), let group = groups[header.key.wallet],
            group.operator(of: header.seat) == cast.operators[node]
        else { return }
        switch header.kind {
        case .proposal, .verdict:
            guard isCommitted(header.key) else {
                throw breach(.di1, node, header.key, "a \(header.kind) leaves that is not on its disk")
            }
        case .frostShares: try released(header.key, node, head: head)
        case .status, .signReady, .frostNonces, .frostRequest, .signResult: break
        }
    }

    /// Reports a message that left although its sender had heard of a block after its expiry.
    func leftLate(
        _ envelope: Bytes, by node: Int, head: BlockNumber, expiry: BlockNumber
    ) throws(Invariant.Breach) {
        guard let header = EnvelopeHeader(envelope) else { return }
        throw breach(.du5, node, header.key, "a \(header.kind) leaves at block \(head), and expired at \(expiry)")
    }

    // MARK: - The filters of coordination.md §6

    /// Checks an envelope that an operator keeps: it came in time (filter 5) and from an operator that may speak
    /// (filter 6).
    func kept(
        _ envelope: Bytes, _ signer: EthereumAddress, _ key: WindowKey, _ node: Int, _ head: BlockNumber?
    ) throws(Invariant.Breach) {
        let start = key.coordinationBlock
        if let lying = liars[start], lying.contains(where: { cast.operators[$0] == signer }) {
            if heardOfLiars[node][key]?[signer]?.first == nil, let digest = acceptedDigest(envelope) {
                heardOfLiars[node][key, default: [:]][signer, default: Heard()].first = digest
            }
        } else if let head, let header = EnvelopeHeader(envelope), isHonest(node, in: start) {
            // Late envelopes are kept as evidence only, and honest operators send none.
            let last = start.adding(profile.activePhase)
            let grace = last.adding(profile.passivePhase + profile.handOverGrace)
            guard head <= (header.kind == .proposal ? last : grace) else {
                throw breach(.f5, node, key, "keeps a \(header.kind) that came at block \(head)")
            }
        }
        // Later envelopes are kept as evidence only, whoever sent them.
        guard isHonest(node, in: start), EnvelopeHeader(envelope)?.kind == .proposal,
            let head, head <= start.adding(profile.activePhase),
            let election = election(key, by: node), election.place(of: signer) == nil
        else { return }
        throw breach(.f6, node, key, "keeps a proposal of one who may not propose")
    }

    /// Checks that the leader order lets an operator propose (filter 6).
    func proposed(_ vote: WindowMachine.Vote, _ key: WindowKey, _ node: Int) throws(Invariant.Breach) {
        guard vote.form == .proposal, isHonest(node, in: key.coordinationBlock), let election = election(key, by: node)
        else { return }
        guard election.place(of: cast.operators[node]) == nil else { return }
        throw breach(.f6, node, key, "proposes although it may not")
    }

    /// Takes note that an operator charges another.
    func charges(_ fault: Fault, _ node: Int) {
        guard fault.kind != .leaderIdleness, liars[fault.coordinationBlock] != nil else { return }
        let key = WindowKey(wallet: fault.wallet, coordinationBlock: fault.coordinationBlock)
        heardOfLiars[node][key, default: [:]][fault.culprit, default: Heard()].isCharged = true
    }

    /// Checks that an operator that kept one accept of a liar and hears another charges the liar (filter 9).
    func heard(
        _ envelope: Bytes, _ effects: [NodeEffect], by node: Int, head: BlockNumber?,
        signatures: any OperatorSignatures
    ) throws(Invariant.Breach) {
        guard let head, let header = EnvelopeHeader(envelope), liars[header.key.coordinationBlock] != nil,
            isHonest(node, in: header.key.coordinationBlock),
            let signer = groups[header.key.wallet]?.operator(of: header.seat),
            let known = heardOfLiars[node][header.key]?[signer], !known.isCharged, let first = known.first,
            let second = acceptedDigest(envelope), first != second
        else { return }
        let start = header.key.coordinationBlock
        let grace = profile.activePhase + profile.passivePhase + profile.handOverGrace
        guard (start...start.adding(grace)).contains(head), views[node][header.key]?.outcome == nil,
            // A reserve's proposal waits for its slot.
            header.kind == .verdict || election(header.key, by: node)?.leader == signer,
            // Anyone can name the seat; only its operator can sign for it (filter 2).
            let decoded = try? Envelope(decoding: envelope), signatures.signer(of: decoded, in: domain) == signer
        else { return }
        let charges = effects.contains { effect in
            guard case .record(.fault(let fault)) = effect else { return false }
            return fault.culprit == signer
        }
        guard charges else { throw breach(.f9, node, header.key, "heard two accepts of one operator, and is silent") }
    }

    /// The digest that a proposal or an accept supports; nil for any other message.
    private func acceptedDigest(_ envelope: Bytes) -> ProposalDigest? {
        guard let envelope = try? Envelope(decoding: envelope), envelope.profile == domain.profile else { return nil }
        switch envelope.kind {
        case .proposal:
            return ProposalDigest(
                payload: envelope.payload, domain: domain, wallet: envelope.wallet,
                coordinationBlock: envelope.coordinationBlock)
        case .verdict:
            let verdict = try? Verdict(decoding: envelope.payload)
            return verdict.flatMap { $0.isAccept ? $0.digest : nil }
        case .status, .signReady, .frostNonces, .frostRequest, .frostShares, .signResult: return nil
        }
    }
}
