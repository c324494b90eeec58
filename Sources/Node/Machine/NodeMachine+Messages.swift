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
            let window = wallets[header.wallet]?.machine.windows[header.coordinationBlock],
            let signer = window.machine.sender(ofKnown: raw)
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
        guard envelope.wallet != .none else {
            return receivedStatus(envelope, raw: raw, from: link, now: now, random: &random)
        }
        guard let slot = wallets[envelope.wallet] else {
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
            slot.machine.held.group.operator(of: envelope.seat) == signer
        else { return [.unheard(from: link, kind, reason: "not_a_member")] }
        guard signer != configuration.me else {
            let isForeign = slot.machine.isForeign(envelope)
            return cameBack(kind, isForeign: isForeign, from: link, now: now, random: &random)
        }

        switch kind {
        case .proposal, .verdict:
            return inWallet(envelope.wallet, now, &random) { $0.received(envelope, raw: raw, from: signer, &$1) }
        case .signReady, .frostNonces, .frostRequest, .frostShares, .signResult:
            return inWallet(envelope.wallet, now, &random) { $0.receivedSigning(envelope, from: signer, &$1) }
        case .status: return [.unheard(from: signer, kind, reason: "malformed")]
        }
    }

    /// Takes what came back under our own key. What another process with our key signed halts every wallet: none may go on
    /// with either (durability-and-events.md ST11).
    private func cameBack(
        _ kind: MessageKind, isForeign: Bool, from link: EthereumAddress, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        let halts = isForeign ? eachWallet(now, &random) { $0.halt("duplicate_identity", &$1) } : []
        return halts.isEmpty ? [.unheard(from: link, kind, reason: "own")] : halts
    }

    /// Whether a status under our own key is a process's that runs beside ours: of another boot, and of a block that no
    /// process before ours can have heard of. A block far ahead of our head shows nothing: some source made it up.
    private func isForeign(_ status: Status) -> Bool {
        guard status.bootNonce != configuration.bootNonce, let ownFloor, let head else { return false }
        return status.hostBlock > ownFloor && status.hostBlock <= head.number.adding(configuration.finalDepth)
    }

    // MARK: - Status

    /// The domain of messages that belong to no wallet: that of the profile of the window in hand.
    private var statusDomain: Domain {
        let number = head?.number.rawValue ?? 0
        return configuration.domain(of: WindowIndex(number / configuration.profiles.frequency))
    }

    /// Where we have proposed nothing in our slot, and why.
    private var withheld: [Status.Withheld] {
        wallets.values.flatMap { slot in
            slot.machine.windows.values.compactMap { window in
                window.machine.withheld.map {
                    Status.Withheld(
                        wallet: window.group.wallet, coordinationBlock: window.window.start, rule: $0)
                }
            }
        }
    }

    private mutating func receivedStatus(
        _ envelope: Envelope, raw: Bytes, from link: EthereumAddress, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard envelope.kind == .status, envelope.coordinationBlock == BlockNumber(0), envelope.seat == .none,
            let status = try? Status(decoding: envelope.payload)
        else { return [.unheard(from: link, envelope.kind, reason: "malformed")] }
        guard let signer = signatures.signer(of: envelope, in: statusDomain) else {
            return [.unheard(from: link, .status, reason: "not_a_member")]
        }
        guard signer != configuration.me else {
            return cameBack(.status, isForeign: isForeign(status), from: link, now: now, random: &random)
        }
        guard configuration.members.contains(signer) else {
            return [.unheard(from: link, .status, reason: "not_a_member")]
        }
        // Per sender the newest counts, so a relay's repeat of an old one changes nothing.
        if let known = statuses[signer]?.status,
            (known.hostBlock, known.counter) >= (status.hostBlock, status.counter)
        {
            return [.unheard(from: signer, .status, reason: "duplicate")]
        }
        statuses[signer] = (status, raw)
        return status.idle.flatMap { entry in
            inWallet(entry.wallet, now, &random) { $0.confirmIdle(entry, by: signer, &$1) }
        }
    }

    /// Our own status, to be sent to every member; not stored, since the next one replaces it.
    mutating func statusDue() -> [NodeEffect] {
        guard let head else { return [] }
        statusCounter += 1
        let depth = configuration.profiles.first.settledDepth
        let settled = chain[head.number.subtracting(depth)]?.reference ?? head.reference
        let status = Status(
            hostBlock: head.number, counter: statusCounter, settled: settled, bitcoinHeight: bitcoinHeight,
            bootNonce: configuration.bootNonce, draining: isDraining, build: configuration.build,
            reachable: connected.sorted(), idle: wallets.values.flatMap { $0.machine.idle.keys }.sorted(),
            withheld: withheld)
        let raw = Envelope(
            Envelope.Content(
                domain: statusDomain, wallet: .none, coordinationBlock: BlockNumber(0), seat: .none, kind: .status,
                payload: status.encoded), sign: { signatures.sign($0) }
        ).encoded
        return [.echo(raw, .status, to: configuration.members)]
    }
}
