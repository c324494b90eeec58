import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// Takes the bytes of an envelope; `link` is the operator that delivered them, who need not be the signer.
    ///
    /// Applies filters 1 to 4 of coordination.md §6 in order; the window or the job applies the rest. An envelope that
    /// passed them once passes them again, since most proposals arrive over several links.
    mutating func received(
        _ raw: Bytes, from link: EthereumAddress, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let header = EnvelopeHeader(raw)
        if let header, header.kind == .proposal,
            let window = wallets[header.wallet]?.machine.windows[header.coordinationBlock],
            let signer = window.machine.sender(ofKnown: raw)
        {
            return [.unheard(Drop(signer, kind: .proposal, reason: MessageDrop.duplicate))]
        }
        let envelope: Envelope
        do {
            envelope = try Envelope(decoding: raw)
        } catch {
            return [.unheard(Drop(link, frameClass: header?.kind.frameClass, reason: MessageDrop.malformed))]
        }
        switch header.flatMap({ MessageScope($0) }) {
        case .window:
            return inWallet(of: envelope, from: link, now, &random) {
                $0.received(envelope, raw: raw, from: $1, &$2)
            }
        case .wallet:
            return inWallet(of: envelope, from: link, now, &random) { $0.receivedSigning(envelope, from: $1, &$2) }
        case .node: return receivedStatus(envelope, raw: raw, from: link, now: now, random: &random)
        case nil: return [.unheard(Drop(link, kind: envelope.kind, reason: MessageDrop.malformed))]
        }
    }

    /// Gives the machine of an envelope's wallet the signer's message, if it passes filters 2 to 4.
    private mutating func inWallet<Random: SecureRandom>(
        of envelope: Envelope, from link: EthereumAddress, _ now: SigningInstant, _ random: inout Random,
        _ tell: (inout WalletMachine, EthereumAddress, inout NodeTurn<Random>) -> Void
    ) -> [NodeEffect] {
        func unheard(_ reason: MessageDrop) -> [NodeEffect] {
            [.unheard(Drop(link, kind: envelope.kind, reason: reason))]
        }
        guard let slot = wallets[envelope.wallet] else { return unheard(.notAMember) }
        let frequency = configuration.profiles.frequency
        let block = envelope.coordinationBlock
        guard block.rawValue > 0, block.rawValue.isMultiple(of: frequency) else { return unheard(.stale) }
        let domain = configuration.domain(of: WindowIndex(block.rawValue / frequency))
        // The signature covers the domain, so another profile is detected before the message is read.
        guard envelope.profile == domain.profile else { return unheard(.otherProfile) }
        guard let signer = signatures.signer(of: envelope, in: domain),
            slot.machine.held.group.operator(of: envelope.seat) == signer
        else { return unheard(.notAMember) }
        guard signer != configuration.me else {
            let isForeign = slot.machine.isForeign(envelope)
            return cameBack(envelope.kind, isForeign: isForeign, from: link, now: now, random: &random)
        }
        return inWallet(envelope.wallet, now, &random) { tell(&$0, signer, &$1) }
    }

    /// Takes an envelope that came back under our own key. If another process with our key signed it, every wallet
    /// halts: neither process may continue with any of them (durability-and-events.md ST11).
    private func cameBack(
        _ kind: MessageKind, isForeign: Bool, from link: EthereumAddress, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        let halts = isForeign ? eachWallet(now, &random) { $0.halt(.duplicateIdentity, &$1) } : []
        return halts.isEmpty ? [.unheard(Drop(link, kind: kind, reason: MessageDrop.own))] : halts
    }

    /// Whether a status under our own key comes from another running process. It then has another boot nonce, and names
    /// a block that no earlier process of ours can have heard of. A block far ahead of our head proves nothing: some
    /// source may have made it up.
    private func isForeign(_ status: Status) -> Bool {
        guard status.bootNonce != configuration.bootNonce, let ownFloor, let head else { return false }
        return status.hostBlock > ownFloor && status.hostBlock <= head.number.adding(configuration.finalDepth)
    }

    // MARK: - Status

    /// The domain of messages without a wallet: that of the current window's profile.
    private var statusDomain: Domain {
        let number = head?.number.rawValue ?? 0
        return configuration.domain(of: WindowIndex(number / configuration.profiles.frequency))
    }

    /// The slots in which we proposed nothing, with the reason.
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
        guard let status = try? Status(decoding: envelope.payload) else {
            return [.unheard(Drop(link, kind: .status, reason: MessageDrop.malformed))]
        }
        guard let signer = signatures.signer(of: envelope, in: statusDomain) else {
            return [.unheard(Drop(link, kind: .status, reason: MessageDrop.notAMember))]
        }
        guard signer != configuration.me else {
            return cameBack(.status, isForeign: isForeign(status), from: link, now: now, random: &random)
        }
        guard configuration.members.contains(signer) else {
            return [.unheard(Drop(link, kind: .status, reason: MessageDrop.notAMember))]
        }
        // Only a sender's newest status counts, so a relay's repeat of an old one changes nothing.
        if let known = statuses[signer]?.status,
            (known.hostBlock, known.counter) >= (status.hostBlock, status.counter)
        {
            return [.unheard(Drop(signer, kind: .status, reason: MessageDrop.duplicate))]
        }
        statuses[signer] = (status, raw)
        return status.idle.flatMap { entry in
            inWallet(entry.wallet, now, &random) { $0.confirmIdle(entry, by: signer, &$1) }
        }
    }

    /// Makes our own status for every member; it is not stored, since the next one replaces it.
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
