import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// Takes the bytes of an envelope; `link` is who handed it to us, which says nothing about who signed it.
    ///
    /// Filters 1 to 4 of coordination.md §6 in order; the rest is the window's or the job's. What passed them once passes
    /// them again: most proposals come by several ways.
    mutating func received(
        _ raw: Bytes, from link: EthereumAddress, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        if let header = EnvelopeHeader(raw), header.kind == .proposal,
            let signer = wallets[header.wallet]?.windows[header.coordinationBlock]?.machine.sender(ofKnown: raw)
        {
            return [.unheard(from: signer, .proposal, reason: "duplicate")]
        }
        let envelope: Envelope
        do {
            envelope = try Envelope(decoding: raw)
        } catch {
            return [.unheard(from: link, nil, reason: "malformed")]
        }
        let kind = envelope.kind
        guard envelope.wallet != .none else { return receivedStatus(envelope, from: link) }
        guard let state = wallets[envelope.wallet] else {
            return [.unheard(from: link, kind, reason: "not_a_member")]
        }
        let frequency = configuration.profiles.frequency
        let block = envelope.coordinationBlock
        guard block.rawValue > 0, block.rawValue.isMultiple(of: frequency) else {
            return [.unheard(from: link, kind, reason: "stale")]
        }
        let domain = configuration.domain(of: WindowIndex(block.rawValue / frequency))
        // The signature covers the domain, so another profile is told apart before it is read.
        guard envelope.profile == domain.profile else {
            return [.unheard(from: link, kind, reason: "other_profile")]
        }
        guard let signer = signatures.signer(of: envelope, in: domain),
            state.held.group.operator(of: envelope.seat) == signer
        else { return [.unheard(from: link, kind, reason: "not_a_member")] }
        guard signer != configuration.me else { return cameBack(envelope, from: link) }

        switch kind {
        case .proposal, .verdict:
            guard let wanted = state.windows[block]?.machine.received(envelope, raw: raw, from: signer) else {
                let isEarly = chain.head.map { block > $0.number } ?? true
                return [.unheard(from: signer, kind, reason: isEarly ? "early" : "stale")]
            }
            return perform(wanted, window: block, of: envelope.wallet, now: now, random: &random)
        case .signReady, .frostNonces, .frostRequest, .frostShares, .signResult:
            return receivedSigning(envelope, from: signer, now: now, random: &random)
        case .status: return [.unheard(from: signer, kind, reason: "malformed")]
        }
    }

    /// Takes an envelope under our own key, and compares a vote in it with what we said. One that we did not cast in a
    /// window that we hold was cast by another process with our key, and then no wallet may go on with either
    /// (durability-and-events.md ST11).
    private mutating func cameBack(_ envelope: Envelope, from link: EthereumAddress) -> [NodeEffect] {
        let (state, block) = (wallets[envelope.wallet], envelope.coordinationBlock)
        let isVote = envelope.kind == .proposal || envelope.kind == .verdict
        if isVote, let state, state.windows[block] != nil, !(state.ownEnvelopes[block]?.says(envelope) ?? false) {
            let halts = wallets.keys.flatMap { halt($0, "duplicate_identity") }
            if !halts.isEmpty { return halts }
        }
        return [.unheard(from: link, envelope.kind, reason: "own")]
    }

    // MARK: - Status

    /// The domain of messages that belong to no wallet: that of the profile of the window in hand.
    private var statusDomain: Domain {
        let number = chain.head?.number.rawValue ?? 0
        return configuration.domain(of: WindowIndex(number / configuration.profiles.frequency))
    }

    /// Where we have proposed nothing in our slot, and why.
    private var withheld: [Status.Withheld] {
        wallets.keys.flatMap { name in
            (wallets[name]?.windows.keys ?? []).compactMap { start in
                wallets[name]?.windows[start]?.machine.withheld.map {
                    Status.Withheld(wallet: name, coordinationBlock: start, rule: $0)
                }
            }
        }
    }

    private mutating func receivedStatus(_ envelope: Envelope, from link: EthereumAddress) -> [NodeEffect] {
        guard envelope.kind == .status, envelope.coordinationBlock == BlockNumber(0), envelope.seat == .none,
            let status = try? Status(decoding: envelope.payload)
        else { return [.unheard(from: link, envelope.kind, reason: "malformed")] }
        guard let signer = signatures.signer(of: envelope, in: statusDomain),
            configuration.members.contains(signer)
        else { return [.unheard(from: link, .status, reason: "not_a_member")] }
        // Per sender the newest counts, so a relay's repeat of an old one changes nothing.
        if let known = statuses[signer],
            (known.hostBlock, known.counter) >= (status.hostBlock, status.counter)
        {
            return [.unheard(from: signer, .status, reason: "duplicate")]
        }
        statuses[signer] = status
        return status.idle.flatMap { confirmIdle($0, by: signer) }
    }

    /// Our own status, to be sent to every member; not stored, since the next one replaces it.
    mutating func statusDue() -> [NodeEffect] {
        guard let head = chain.head else { return [] }
        statusCounter += 1
        let depth = configuration.profiles.first.settledDepth
        let settled = chain[head.number.subtracting(depth)]?.read ?? head.read
        let status = Status(
            hostBlock: head.number, counter: statusCounter, settled: settled, bitcoinHeight: bitcoinHeight,
            bootNonce: configuration.bootNonce, draining: isDraining, build: configuration.build,
            reachable: connected.sorted(), idle: idle.keys.sorted(), withheld: withheld)
        let raw = Envelope(
            Envelope.Content(
                domain: statusDomain, wallet: .none, coordinationBlock: BlockNumber(0), seat: .none, kind: .status,
                payload: status.encoded), sign: { signatures.sign($0) }
        ).encoded
        return [.echo(raw, .status, to: configuration.members)]
    }

    /// Another operator found the same leader idle: with operators of `t` seats the fault stands.
    private mutating func confirmIdle(_ entry: Status.IdleLeader, by peer: EthereumAddress) -> [NodeEffect] {
        guard let group = wallets[entry.wallet]?.held.group, idle[entry] != nil else { return [] }
        idle[entry]?.insert(peer)
        guard let witnesses = idle[entry], group.seatCount(of: witnesses) >= group.threshold,
            confirmedIdle.insert(entry).inserted
        else { return [] }
        let fault = Fault(
            kind: .leaderIdleness, culprit: entry.leader, wallet: entry.wallet,
            coordinationBlock: entry.coordinationBlock)
        return [.record(.faultDecided(fault, stands: true))]
    }

    // MARK: - Faults

    /// Writes a charge down, once for each window, culprit and rule.
    mutating func charge(_ fault: Fault, window start: BlockNumber) -> [NodeEffect] {
        let charge = WalletState.Charge(fault)
        guard wallets[fault.wallet]?.charged[start, default: []].insert(charge).inserted == true else { return [] }
        if fault.isProvisional { wallets[fault.wallet]?.undecided.append(fault) }
        if fault.kind == .leaderIdleness {
            let entry = Status.IdleLeader(
                wallet: fault.wallet, coordinationBlock: fault.coordinationBlock, leader: fault.culprit)
            idle[entry] = [configuration.me]
            // Idleness of long ago is nobody's news any more.
            let oldest = fault.coordinationBlock.subtracting(4 * configuration.profiles.frequency)
            idle = idle.filter { $0.key.coordinationBlock >= oldest }
            confirmedIdle = confirmedIdle.filter { idle[$0] != nil }
        }
        return [.record(.fault(fault))]
    }

    /// Decides provisional faults whose blocks cannot change any more: they stand if those are what they rested on.
    mutating func decideFaults(of name: WalletPublicKeyHash) -> [NodeEffect] {
        guard let head = chain.head?.number, let state = wallets[name] else { return [] }
        let waiting = Set(state.undecided.map(\.coordinationBlock))
        state.foundations.keep { waiting.contains($0) || state.windows.contains($0) }
        var effects: [NodeEffect] = []
        for start in waiting.sorted() where start.adding(configuration.finalDepth) <= head {
            let key = EvaluationKey(wallet: name, purpose: .decideFault(window: start))
            guard wallets[name]?.evaluations[key.purpose]?.isReading != true else { continue }
            wallets[name]?.evaluations[key.purpose] = Evaluation()
            effects += decideFaults(start, key)
        }
        return effects
    }

    mutating func decideFaults(_ start: BlockNumber, _ key: EvaluationKey) -> [NodeEffect] {
        let index = WindowIndex(start.rawValue / configuration.profiles.frequency)
        let seedBlock = start.subtracting(configuration.profiles.profile(of: index).safeBlockShift)
        let lookups = (block(seedBlock, key), block(start, key))
        if case (.missing, _) = lookups { return ask(key) }
        if case (_, .missing) = lookups { return ask(key) }
        wallets[key.wallet]?.evaluations[key.purpose] = nil
        // What the sources cannot tell now is asked again with the next block.
        guard case (.found(let seed), .found(let open)) = lookups else { return [] }
        // Without what it rested on, nothing bears a fault out.
        let stands = wallets[key.wallet]?.foundations[start].map { foundation in
            seed.hash == foundation.seedHash && (foundation.openHash ?? open.hash) == open.hash
        }
        let decided = wallets[key.wallet]?.undecided.filter { $0.coordinationBlock == start } ?? []
        wallets[key.wallet]?.undecided.removeAll { $0.coordinationBlock == start }
        return decided.map { .record(.faultDecided($0, stands: stands ?? false)) }
    }
}
