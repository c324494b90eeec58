import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import Secp256k1
import WalletActions

extension World {
    /// Carries out the later step of a fault.
    func perform(_ step: FaultStep) throws(Violation) {
        switch step {
        case .reorganiseHost(let depth): reorganiseHost(depth: depth)
        case .reorganiseBitcoin(let depth): reorganiseBitcoin(depth: depth)
        case .strand(let index, let depth, let until):
            nodes[index].ailment.orphaned = (host, until)
            reorganiseHost(depth: depth)
        case .wake(let index, let since, let isCounted): try wake(nodes[index], since: since, isCounted: isCounted)
        case .freeze(let frozen, let until): for index in frozen { nodes[index].ailment.headsFrozenUntil = until }
        case .sever(let until):
            network.sever(until: until)
            queue.push(.links, at: time + 1)
            queue.push(.links, at: until + 1)
        case .evict: if let first = bitcoin.mempool.first { bitcoin.evict(first.txid) }
        case .feeRate(let rate): bitcoin.estimate = rate
        case .mempoolMinimum(let rate): bitcoin.minimumRate = rate
        case .weather(let weather): network.weather = weather
        case .tear(let until): tearLinks(until: until)
        case .restart(let index, let after, let role):
            let node = nodes[index]
            node.configuration = configuration(of: index, as: role)
            if node.isUp {
                kill(node, for: after)
            }
        case .twin(let index): perform(twinOf: index)
        case .twinEnds(let index):
            twins[index] = nil
            if nodes[index].disk.resumeWallets(at: host.head.block.number) {
                monitor.resumes(index)
                if nodes[index].isUp { kill(nodes[index], for: 1_000) }
            }
        case .inject(let envelope, let from, let to): transmit(envelope, from: nodes[from], to: to)
        case .replay(let envelope, let form, let from, let to):
            guard let replayed = altered(envelope, form, from: from, to: nodes[to]) else { return }
            let effects = try input(.received(replayed, from: cast.operators[from]), to: nodes[to])
            try at { () throws(Invariant.Breach) in try monitor.replayed(effects, to: to) }
        }
    }

    /// An earlier message in the form in which it is replayed; nil while it would still be in time.
    private func altered(_ raw: Bytes, _ form: FaultStep.Replay, from: Int, to node: SimulatedNode) -> Bytes? {
        guard node.isUp, let head = node.heard.last?.number, let before = try? Envelope(decoding: raw) else {
            return nil
        }
        let now = BlockNumber(head.rawValue / profile.frequency * profile.frequency)
        // Judged by the recipient's own head, which may lag: an action is over within its own window's length.
        guard before.coordinationBlock.adding(2 * profile.frequency) <= now else { return nil }
        var domain = Domain(chainID: Cast.chainID, profile: profile)
        var signature: RecoverableSignature? = before.signature
        var (wallet, block) = (before.wallet, now)
        func content() -> Envelope.Content {
            Envelope.Content(
                domain: domain, wallet: wallet, coordinationBlock: block, seat: before.seat, kind: before.kind,
                payload: before.payload)
        }
        switch form {
        case .nothing:
            // A wallet's last action answers its own messages again until another action begins, so those do not count
            // as replays elsewhere.
            guard before.kind == .proposal || before.kind == .verdict else { return nil }
            block = before.coordinationBlock
        case .window: break
        case .wallet(let index):
            let other = cast.wallets[index].identity.hash
            // Sent again for its own wallet in the current window, it would not be a replay.
            if other != wallet { signature = nodes[from].signatures.sign(content()) }
            wallet = other
        case .chain: (domain, signature) = (Domain(chainID: Cast.chainID + 1, profile: profile), nil)
        }
        return Envelope(content(), sign: { signature ?? nodes[from].signatures.sign($0) }).encoded
    }

    /// Whether an event is for a process that stands still. It then waits, in its place, until the pause is over.
    func waits(_ event: Event) -> Bool {
        let number: Int
        switch event {
        case .head(let process, _), .answer(let process, _, _, _), .queued(let process, _, _), .status(let process),
            .message(_, _, let process, _, _), .handled(_, _, let process, _):
            number = process
        case .hostBlock, .bitcoinBlock, .start, .links, .fault, .arrived: return false
        }
        guard let until = process(number)?.ailment.pausedUntil, until > time else { return false }
        queue.push(event, at: until)
        return true
    }

    /// Resumes a process after a pause. Its shell looks at the clocks first, as that of a real node does.
    private func wake(_ node: SimulatedNode, since: UInt64, isCounted: Bool) throws(Violation) {
        guard node.isUp, node.ailment.pausedUntil <= time else { return }
        func reading(_ time: UInt64, _ own: UInt64) -> ClockWatch.Reading {
            ClockWatch.Reading(boot: own, monotonic: own, wall: time, bootID: [])
        }
        var watch = ClockWatch(reading(since, since))
        if !isCounted { node.ailment.clockSkew -= Int64(time - since) }
        guard watch.look(reading(time, isCounted ? time : since)) != nil else { return }
        try input(.resumed, to: node)
    }

    private func configuration(of index: Int, as role: FaultStep.Role) -> NodeConfiguration {
        switch role {
        case .itself: return cast.configuration(of: index, profile: profile)
        case .withoutShares: return cast.configuration(of: index, profile: profile, wallets: [])
        case .withAnotherProfile:
            var other = profile
            other.heartbeat = Rational(1, 3)
            return cast.configuration(of: index, profile: other)
        case .withOtherSeats: return cast.configuration(of: index, profile: profile, otherSeats: true)
        }
    }

    /// Repairs everything: processes run with their own configuration, links stand, sources answer.
    func heal() {
        network.heal()
        twins = [:]
        poisoned = []
        bitcoin.estimate = 10
        bitcoin.minimumRate = 1
        for node in nodes {
            node.ailment = SimulatedNode.Ailment()
            node.configuration = cast.configuration(of: node.index, profile: profile)
            if node.disk.resumeWallets(at: host.head.block.number) { monitor.resumes(node.index) }
            if node.isUp { kill(node, for: nil) }
            queue.push(.start(node.index), at: time + 1)
        }
        log.note(time, 41, 0)
        trace?(time, -1, "everything is healed")
    }

    /// Stops one operator for good, where the others suffice without it. Windows that it leads fall to its reserves
    /// (L1).
    func rest() {
        let present = nodes.count - settings.operatorsDown
        var random = SeededRandom(seed: settings.seed, concern: Concern.rest)
        let node = nodes[Int(random.below(UInt64(present)))]
        let left = cast.operators[..<present].filter { $0 != node.address }
        let suffices = cast.wallets.allSatisfy { wallet in
            wallet.group.seatCount(of: left) >= wallet.group.agreementSeats(withoutMainUTXO: false)
        }
        guard suffices else { return }
        let head = host.head.block.number.rawValue
        monitor.rests(node.index, from: BlockNumber(head / profile.frequency * profile.frequency))
        kill(node, for: nil)
        trace?(time, node.index, "stops for good")
    }
}

// MARK: - Two processes with one key

extension World {
    /// The process that an event is for: an operator's own, or its second one. The number of a second process is
    /// greater by the number of operators.
    func process(_ number: Int) -> SimulatedNode? {
        number < nodes.count ? nodes[number] : twins[number - nodes.count]
    }

    /// Starts a second process with an operator's key, shares and configuration, and an empty disk.
    func perform(twinOf index: Int) {
        let random = SeededRandom(seed: settings.seed ^ time, concern: Concern.twins + UInt64(index))
        let twin = SimulatedNode(
            index: index, configuration: cast.configuration(of: index, profile: profile),
            signatures: nodes[index].signatures, random: random, number: nodes.count + index)
        twins[index] = twin
        twin.start(at: time)
        log.note(time, 22, index)
        trace?(time, index, "a second process starts")
        queue.push(.links, at: time + 1)
        queue.push(.head(twin.number, epoch: twin.epoch), at: time + 200)
    }

    /// The process that a message reaches; nil where the recipient's link leads to the sender's other process.
    ///
    /// A peer has one link to an operator. It leads to one of the operator's processes, depending on the peer's side.
    /// Operators with two processes are linked pairwise, first to first and second to second.
    func route(from sender: SimulatedNode, to index: Int) -> Int? {
        guard !twins.isEmpty else { return index }
        let isSecond = sender.number != sender.index
        switch (twins[sender.index] != nil, twins[index] != nil) {
        case (false, false): return index
        case (true, false): return sides[index] == isSecond ? index : nil
        case (false, true): return sides[sender.index] ? nodes.count + index : index
        case (true, true): return isSecond ? nodes.count + index : index
        }
    }

    /// The bytes that a process puts on a link for its machine's message.
    func leaving(_ envelope: Bytes, from node: SimulatedNode) -> [Bytes] {
        if node.ailment.otherVersionUntil > time { return [[2] + envelope.dropFirst()] }
        if node.ailment.washing.until > time { return washed(envelope, by: node) }
        if node.ailment.repeatsSessionsUntil > time { return keptSessions(envelope, by: node) }
        return [garbled(envelope, by: node)]
    }

    private func garbled(_ envelope: Bytes, by node: SimulatedNode) -> Bytes {
        guard node.ailment.garblesUntil > time, let said = try? Envelope(decoding: envelope),
            said.kind.scope == .wallet, said.payload.count > 32
        else { return envelope }
        // Nonces, sums, shares and signatures with a wrong byte after the job's id, in a valid envelope.
        var payload = said.payload
        let place = 32 + Int(node.random.below(UInt64(payload.count - 32)))
        payload[place] ^= UInt8(1 + node.random.below(255))
        return said.saying(said.kind, payload, as: node, profile)
    }
}

extension Envelope {
    /// A replacement for a message, signed with the key of its sender.
    func saying(
        _ kind: MessageKind, _ payload: Bytes, as node: SimulatedNode, _ profile: ProtocolProfile
    ) -> Bytes {
        let content = Envelope.Content(
            domain: Domain(chainID: Cast.chainID, profile: profile), wallet: wallet,
            coordinationBlock: coordinationBlock, seat: seat, kind: kind, payload: payload)
        return Envelope(content, sign: { node.signatures.sign($0) }).encoded
    }
}

extension SimulatedNode {
    /// The plan by which the process dies around this input, if it does; the plan is then used up.
    func dies(by effects: [NodeEffect]) -> CrashPlan? {
        guard var plan = ailment.crash else { return nil }
        let isDue: Bool
        switch plan.trigger {
        case .input(let left):
            isDue = left == 0
            plan.trigger = .input(left - 1)
        case .proposal: isDue = effects.contains { $0.isVote(.proposal) }
        case .accept: isDue = effects.contains { $0.isVote(.verdict) }
        case .release:
            isDue = effects.contains { effect in
                guard case .record(.attempt(let step)) = effect, case .binding = step.step else { return false }
                return true
            }
        }
        ailment.crash = isDue ? nil : plan
        return isDue ? plan : nil
    }
}

extension NodeEffect {
    fileprivate func isVote(_ form: WindowMachine.Vote.Form) -> Bool {
        guard case .record(.voted(_, let vote, _)) = self else { return false }
        return vote.form == form
    }
}
