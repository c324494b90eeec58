import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension WalletMachine {
    /// The most windows that are written off one by one after a long absence (durability-and-events.md §3).
    static let missedWindowLimit: UInt64 = 1_000

    /// Opens the windows that are due at the head, and writes off those that passed without this node.
    mutating func openWindows(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let head = turn.node.chain.head?.number else { return }
        let frequency = configuration.profiles.frequency
        let newest = head.rawValue / frequency
        // A node that has never run owes nothing to windows before its first head.
        var index = lastWindow.rawValue / frequency + 1
        let isFirstRun = lastWindow == BlockNumber(0)
        if isFirstRun { index = max(index, newest) }
        if newest > Self.missedWindowLimit { index = max(index, newest - Self.missedWindowLimit) }

        while true {
            let profile = configuration.profiles.profile(of: WindowIndex(index))
            let start = BlockNumber(index * frequency)
            guard index > 0, let window = CoordinationWindow(openedBy: start, profile: profile) else {
                index += 1
                continue
            }
            guard head >= window.seedBlock(profile) else { break }
            lastWindow = start
            if head > window.activeEnd(profile) {
                if !isFirstRun { turn.effects.append(.record(.ended(key(start), .missed))) }
            } else if !turn.node.isDraining {
                // One block back, so that the head that opens the window is news to it.
                let opened = machine(of: window, profile: profile, head: head.subtracting(1))
                windows[start] = WindowRun(opened, isHeadFresh: turn.node.isHeadFresh)
            }
            index += 1
        }
    }

    /// Makes our machine of a window, before it has heard anything.
    func machine(of window: CoordinationWindow, profile: ProtocolProfile, head: BlockNumber) -> WindowMachine {
        WindowMachine(
            window: window, profile: profile, domain: configuration.domain(of: window.index), group: held.group,
            me: configuration.me, head: head)
    }

    /// Tells every open window about the head, and forgets windows that are over.
    mutating func advanceWindows(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let head = turn.node.chain.head?.number else { return }
        for start in windows.keys {
            if let reason = state.halted, let abandoned = windows[start]?.machine.abandon(.error(reason)) {
                push(abandoned, start)
                settle(&turn)
            }
            guard
                let told = windows[start]?.machine.blockArrived(
                    head, inSync: turn.node.headClock.isInSync, reachable: turn.node.connected)
            else { continue }
            push(told, start)
            settle(&turn)
            if windows[start]?.machine.isOver(at: head) == true, state.action?.window.start != start {
                forget(start)
            }
        }
    }

    /// Forgets a window once its messages can have no effect any more and its action is over.
    private mutating func forget(_ start: BlockNumber) {
        windows[start] = nil
        for purpose in evaluations.keys.filter({ $0.belongs(to: start) }) { evaluations[purpose] = nil }
    }

    /// Gives a window its seed. This happens once, since the election of a window stands whatever becomes of the block.
    mutating func seeded(_ start: BlockNumber, by hash: Hash32, _ turn: inout NodeTurn<some SecureRandom>) {
        guard blockHashes[start] == nil else { return }
        blockHashes[start] = WindowBlockHashes(seedHash: hash)
        turn.effects.append(.record(.windowSeeded(key(start), seedHash: hash)))
    }

    /// Performs the effects of a window.
    mutating func perform(
        _ effect: WindowMachine.Effect, window start: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard let window = windows[start] else { return }
        switch effect {
        case .readSeed(let block): begin(.seed(block))
        case .elected:
            if let hash = turn.node.chain[window.window.seedBlock(window.profile)]?.hash {
                seeded(start, by: hash, &turn)
            }
        case .generate(let action):
            // A node that is about to stop leads nothing any more (durability-and-events.md §1.1).
            if turn.node.isDraining { return }
            begin(.generate(window: start, action))
        case .validate(let digest, _): begin(.validate(window: start, digest))
        case .vote(let vote): send(vote, window, &turn)
        case .reject(let verdict, let failureClass): send(verdict, failureClass, window, &turn)
        case .repeatProposal:
            if let envelope = window.own.proposal { turn.effects.append(.echo(envelope, .proposal, to: others)) }
        case .echo(let raw): turn.effects.append(.echo(raw, .proposal, to: others))
        case .keep(let raw, _, let signer):
            turn.effects.append(.record(.envelopeKept(key(start), signer: signer, envelope: raw)))
        case .fault(let fault): charge(fault, window, &turn)
        case .handOver(let handOver):
            turn.effects.append(
                .record(
                    .handedOver(
                        key(start), digest: handOver.digest, begin: handOver.begin, expiry: handOver.expiry)))
            dispatch(handOver, window: window, &turn)
        case .agreementLost(let digest): agreementLost(digest, &turn)
        case .ended(let outcome): turn.effects.append(.record(.ended(key(start), outcome)))
        case .dropped(let reason, let sender):
            turn.effects.append(.dropped(Drop(sender, reason: reason)))
        }
    }

    /// Repeats our messages in the open windows to an operator whose link may have lost them.
    func repeatVotes(to peer: EthereumAddress, _ turn: inout NodeTurn<some SecureRandom>) {
        guard state.halted == nil, held.group.lowestSeat(of: peer) != nil, let head = turn.node.chain.head?.number
        else { return }
        for open in windows.values where head <= open.window.verdictsEnd(open.profile) {
            if let proposal = open.own.proposal, head <= open.window.activeEnd(open.profile) {
                turn.effects.append(.echo(proposal, .proposal, to: [peer]))
            }
            for verdict in open.own.verdicts {
                turn.effects.append(.echo(verdict, .verdict, to: [peer]))
            }
        }
    }

    /// Signs and stores our choice, then sends it: the digest is on disk before the envelope leaves.
    private func send(
        _ vote: WindowMachine.Vote, _ window: WindowRun, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let kind: MessageKind = vote.form == .proposal ? .proposal : .verdict
        let raw = envelope(kind, vote.payload, window: window.window)
        let isRepeat = window.own.verdict != nil
        if vote.form == .proposal { window.own.proposal = raw } else { window.own.verdict = raw }
        let key = key(window.window.start)
        turn.effects += [
            .record(
                isRepeat
                    ? .proposalRepeated(key, digest: vote.digest, envelope: raw) : .voted(key, vote, envelope: raw)),
            .send(outgoing(raw, kind, intent: .vote(key, vote.digest), window)),
        ]
    }

    private func send(
        _ verdict: Verdict, _ failureClass: FailureClass, _ window: WindowRun,
        _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let raw = envelope(.verdict, verdict.encoded, window: window.window)
        window.own.rejects.append(raw)
        let key = key(window.window.start)
        let intent = Intent.reject(key, verdict.digest, content: sha256(verdict.encoded))
        turn.effects += [
            .record(.rejected(key, failureClass, envelope: raw)),
            .send(outgoing(raw, .verdict, intent: intent, window)),
        ]
    }

    private func outgoing(
        _ raw: Bytes, _ kind: MessageKind, intent: Intent, _ window: WindowRun
    ) -> OutboxMessage {
        OutboxMessage(
            recipients: others, kind: kind, envelope: raw, intent: intent,
            expiry: kind == .proposal
                ? window.window.activeEnd(window.profile) : window.window.verdictsEnd(window.profile))
    }

    /// Signs a payload as a message of a window. The seat is the lowest that we hold.
    func envelope(_ kind: MessageKind, _ payload: Bytes, window: CoordinationWindow) -> Bytes {
        Envelope(
            Envelope.Content(
                domain: configuration.domain(of: window.index), wallet: wallet, coordinationBlock: window.start,
                seat: held.group.lowestSeat(of: configuration.me) ?? .none, kind: kind, payload: payload),
            sign: { signatures.sign($0) }
        ).encoded
    }
}

extension WindowMachine {
    /// Whether the window has its outcome, and its messages can have no effect any more.
    fileprivate func isOver(at head: BlockNumber) -> Bool {
        outcome != nil && head > window.verdictsEnd(profile)
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
