import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// The most windows that are written off one by one after a long absence (durability-and-events.md §3).
    static let missedWindowLimit: UInt64 = 1_000

    /// Opens the windows that the head has come near, and writes off those that passed without us.
    mutating func openWindows(of name: WalletPublicKeyHash) -> [NodeEffect] {
        guard let head = chain.head?.number, let state = wallets[name] else { return [] }
        let frequency = configuration.profiles.frequency
        let newest = head.rawValue / frequency
        // A node that has never run owes nothing to windows before its first head.
        var index = state.lastWindow.rawValue / frequency + 1
        let isFirstRun = state.lastWindow == BlockNumber(0)
        if isFirstRun { index = max(index, newest) }
        if newest > Self.missedWindowLimit { index = max(index, newest - Self.missedWindowLimit) }

        var effects: [NodeEffect] = []
        while true {
            let profile = configuration.profiles.profile(of: WindowIndex(index))
            let start = BlockNumber(index * frequency)
            guard index > 0, let window = CoordinationWindow(openedBy: start, profile: profile) else {
                index += 1
                continue
            }
            guard head >= window.seedBlock(profile) else { break }
            wallets[name]?.lastWindow = start
            if head > window.activeEnd(profile) {
                if !isFirstRun { effects.append(.record(.ended(key(name, start), .missed))) }
            } else if !isDraining {
                let opened = machine(of: window, profile: profile, group: state.held.group)
                wallets[name]?.windows[start] = OpenWindow(opened, isHeadFresh: isHeadFresh)
            }
            index += 1
        }
        return effects
    }

    private func machine(
        of window: CoordinationWindow, profile: ProtocolProfile, group: SigningGroup
    ) -> WindowMachine {
        WindowMachine(
            window: window, profile: profile, domain: configuration.domain(of: window.index),
            group: group, me: configuration.me,
            // One block back, so that the head that opens it is news to it.
            head: (chain.head?.number ?? window.start).subtracting(1))
    }

    /// Tells every open window of the head, and forgets those that are over.
    mutating func advanceWindows(
        of name: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let head = chain.head?.number, let state = wallets[name] else { return [] }
        var effects: [NodeEffect] = []
        for start in state.windows.keys {
            if let reason = state.halted, let abandoned = state.windows[start]?.machine.abandon(.error(reason)) {
                effects += perform(abandoned, window: start, of: name, now: now, random: &random)
            }
            guard
                let told = state.windows[start]?.machine.blockArrived(
                    head, inSync: headClock.isInSync, reachable: connected)
            else { continue }
            effects += perform(told, window: start, of: name, now: now, random: &random)
            if state.windows[start]?.machine.isOver(at: head) == true, state.action?.window.start != start {
                forget(start, of: state)
            }
        }
        return effects
    }

    /// A window is kept until its messages can have no effect any more and its action is over.
    private func forget(_ start: BlockNumber, of state: WalletState) {
        state.windows[start] = nil
        state.ownEnvelopes[start] = nil
        state.charged[start] = nil
        for purpose in state.evaluations.keys.filter({ $0.belongs(to: start) }) {
            state.evaluations[purpose] = nil
        }
    }

    /// A window's seed was read; told once, since the election of a window stands whatever becomes of the block.
    mutating func seeded(_ key: WindowKey, by hash: Hash32) -> [NodeEffect] {
        guard wallets[key.wallet]?.foundations[key.coordinationBlock] == nil else { return [] }
        wallets[key.wallet]?.foundations[key.coordinationBlock] = WalletState.Foundation(seedHash: hash)
        return [.record(.windowSeeded(key, seedHash: hash))]
    }

    /// Turns what a window wants into what the node wants.
    mutating func perform(
        _ wanted: [WindowMachine.Effect], window start: BlockNumber, of name: WalletPublicKeyHash,
        now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        var effects: [NodeEffect] = []
        for effect in wanted {
            guard let window = wallets[name]?.windows[start] else { return effects }
            let key = key(name, start)
            switch effect {
            case .readSeed(let block):
                effects += begin(.seed(block), of: name, now: now, random: &random)
            case .elected:
                if let hash = chain[window.window.seedBlock(window.profile)]?.hash {
                    effects += seeded(key, by: hash)
                }
            case .generate(let action):
                // Whoever is about to stop leads nothing any more (durability-and-events.md §1.1).
                if isDraining { continue }
                effects += begin(.generate(window: start, action), of: name, now: now, random: &random)
            case .validate(let digest, _):
                effects += begin(.validate(window: start, digest), of: name, now: now, random: &random)
            case .vote(let vote): effects += send(vote, window: window, key: key)
            case .reject(let verdict, let failureClass):
                effects += send(verdict, failureClass, window: window, key: key)
            case .repeatProposal:
                if let envelope = wallets[name]?.ownEnvelopes[start]?.proposal {
                    effects.append(.echo(envelope, .proposal, to: others(window.group)))
                }
            case .echo(let raw): effects.append(.echo(raw, .proposal, to: others(window.group)))
            case .keep(let raw, _, let signer):
                effects.append(.record(.envelopeKept(key, signer: signer, envelope: raw)))
            case .fault(let fault): effects += charge(fault, window: start)
            case .handOver(let handOver):
                effects.append(
                    .record(
                        .handedOver(key, digest: handOver.digest, begin: handOver.begin, expiry: handOver.expiry)))
                effects += dispatch(handOver, window: window, of: name, now: now, random: &random)
            case .agreementLost(let digest):
                effects += agreementLost(digest, of: name, now: now, random: &random)
            case .ended(let outcome): effects.append(.record(.ended(key, outcome)))
            case .dropped(let reason, let sender):
                effects.append(.dropped(from: sender, nil, reason: reason.rawValue))
            }
        }
        return effects
    }

    /// What we said in the windows that are open, for an operator whose link may have lost it.
    func repeatVotes(of name: WalletPublicKeyHash, to peer: EthereumAddress) -> [NodeEffect] {
        guard let state = wallets[name], state.halted == nil, state.held.group.lowestSeat(of: peer) != nil,
            let head = chain.head?.number
        else { return [] }
        var effects: [NodeEffect] = []
        for start in state.windows.keys {
            guard let open = state.windows[start], let own = state.ownEnvelopes[start],
                head <= open.window.begin(open.profile).adding(open.profile.handOverGrace)
            else { continue }
            if let proposal = own.proposal, head <= open.window.activeEnd(open.profile) {
                effects.append(.echo(proposal, .proposal, to: [peer]))
            }
            for verdict in [own.verdict].compactMap(\.self) + own.rejects {
                effects.append(.echo(verdict, .verdict, to: [peer]))
            }
        }
        return effects
    }

    /// Signs and stores our choice, then sends it: the digest is on disk before the envelope leaves.
    private mutating func send(_ vote: WindowMachine.Vote, window: OpenWindow, key: WindowKey) -> [NodeEffect] {
        let kind: MessageKind = vote.form == .proposal ? .proposal : .verdict
        let raw = envelope(kind, vote.payload, window: window)
        let isRepeat = wallets[key.wallet]?.ownEnvelopes[key.coordinationBlock]?.verdict != nil
        if vote.form == .proposal {
            wallets[key.wallet]?.ownEnvelopes[key.coordinationBlock, default: .init()].proposal = raw
        } else {
            wallets[key.wallet]?.ownEnvelopes[key.coordinationBlock, default: .init()].verdict = raw
        }
        let event: LedgerEvent =
            isRepeat
            ? .proposalRepeated(key, digest: vote.digest, envelope: raw) : .voted(key, vote, envelope: raw)
        return [
            .record(event),
            .send(outgoing(raw, kind, intent: .vote(key, vote.digest), window: window)),
        ]
    }

    private mutating func send(
        _ verdict: Verdict, _ failureClass: FailureClass, window: OpenWindow, key: WindowKey
    ) -> [NodeEffect] {
        let raw = envelope(.verdict, verdict.encoded, window: window)
        wallets[key.wallet]?.ownEnvelopes[key.coordinationBlock, default: .init()].rejects.append(raw)
        let intent = Intent.reject(key, verdict.digest, content: sha256(verdict.encoded))
        return [
            .record(.rejected(key, failureClass, envelope: raw)),
            .send(outgoing(raw, .verdict, intent: intent, window: window)),
        ]
    }

    private func outgoing(
        _ raw: Bytes, _ kind: MessageKind, intent: Intent, window: OpenWindow
    ) -> OutboxMessage {
        OutboxMessage(
            recipients: others(window.group), kind: kind, envelope: raw, intent: intent, isVolatile: false,
            expiry: kind == .proposal
                ? window.window.activeEnd(window.profile)
                : window.window.begin(window.profile).adding(window.profile.handOverGrace))
    }

    /// Signs a payload as a message of a window; we speak through our lowest seat.
    func envelope(_ kind: MessageKind, _ payload: Bytes, window: OpenWindow) -> Bytes {
        Envelope(
            Envelope.Content(
                domain: window.domain, wallet: window.group.wallet, coordinationBlock: window.window.start,
                seat: window.group.lowestSeat(of: configuration.me) ?? .none, kind: kind, payload: payload),
            sign: { signatures.sign($0) }
        ).encoded
    }

    /// The other operators of a wallet, ascending.
    func others(_ group: SigningGroup) -> [EthereumAddress] { group.operators.filter { $0 != configuration.me } }

    func key(_ wallet: WalletPublicKeyHash, _ start: BlockNumber) -> WindowKey {
        WindowKey(wallet: wallet, coordinationBlock: start)
    }
}

extension WindowMachine {
    /// Whether it has its outcome, and its messages can have no effect any more.
    fileprivate func isOver(at head: BlockNumber) -> Bool {
        outcome != nil && head > window.begin(profile).adding(profile.handOverGrace)
    }
}

extension EvaluationKey.Purpose {
    /// Whether the evaluation is a window's own.
    func belongs(to start: BlockNumber) -> Bool {
        switch self {
        case .generate(start, _), .validate(start, _): true
        case .seed, .generate, .validate, .assemble, .track, .decideFault: false
        }
    }
}
