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
        case .evict: if let first = bitcoin.mempool.first { bitcoin.evict(first.txid) }
        case .feeRate(let rate): bitcoin.estimate = rate
        case .weather(let weather): network.weather = weather
        case .restart(let index, let after, let role):
            let node = nodes[index]
            node.configuration = configuration(of: index, as: role)
            if node.isUp {
                kill(node, for: after)
            }
        case .inject(let envelope, let from, let to): transmit(envelope, from: from, to: to)
        case .replay(let envelope, let form, let from, let to):
            guard let replayed = altered(envelope, form, from: from, to: nodes[to]) else { return }
            let effects = nodes[to].take(.received(replayed, from: cast.operators[from]), at: time)
            try at { () throws(Invariant.Breach) in try monitor.replayed(effects, to: to) }
        }
    }

    /// A message of before as it is sent again; nil where it would still be in its time.
    private func altered(_ raw: Bytes, _ form: FaultStep.Replay, from: Int, to node: SimulatedNode) -> Bytes? {
        guard node.isUp, let head = node.heard.last?.number, let before = try? Envelope(decoding: raw) else { return nil }
        let now = BlockNumber(head.rawValue / profile.frequency * profile.frequency)
        let end = profile.activePhase + profile.passivePhase + profile.handOverGrace
        guard before.coordinationBlock.adding(end) < head, before.coordinationBlock < now else { return nil }
        var domain = Domain(chainID: Cast.chainID, profile: profile)
        var signature: RecoverableSignature? = before.signature
        var (wallet, block) = (before.wallet, now)
        switch form {
        case .nothing: block = before.coordinationBlock
        case .window: break
        case .wallet: wallet = cast.wallets[Int(faultRandom.below(UInt64(cast.wallets.count)))].identity.hash
        case .chain: (domain, signature) = (Domain(chainID: Cast.chainID + 1, profile: profile), nil)
        }
        return Envelope(
            domain: domain, wallet: wallet, coordinationBlock: block, seat: before.seat, kind: before.kind,
            payload: before.payload, sign: { signature ?? nodes[from].signatures.sign($0) }
        ).encoded
    }

    private func configuration(of index: Int, as role: FaultStep.Role) -> NodeConfiguration {
        switch role {
        case .itself: return cast.configuration(of: index, profile: profile)
        case .withoutShares: return cast.configuration(of: index, profile: profile, wallets: [])
        case .withAnotherProfile:
            var other = profile
            other.heartbeat = Rational(1, 3)
            return cast.configuration(of: index, profile: other)
        }
    }

    /// Everything is repaired: processes run with their own configuration, links stand, sources answer.
    func heal() {
        network.heal()
        bitcoin.estimate = 10
        for node in nodes {
            node.ailment = SimulatedNode.Ailment()
            node.configuration = cast.configuration(of: node.index, profile: profile)
            if node.isUp { kill(node, for: nil) }
            queue.push(.start(node.index), at: time + 1)
        }
        log.note(time, 41, 0)
        trace?(time, -1, "everything is healed")
    }

    /// One operator stops for good, where the others suffice without it: windows that it leads are its reserves' (L1).
    func rest() {
        let suffices = cast.wallets.allSatisfy { wallet in
            wallet.group.seats.count > wallet.group.agreementSeats(withoutMainUTXO: false)
        }
        guard suffices else { return }
        let node = nodes[Int(faultRandom.below(UInt64(nodes.count)))]
        monitor.rests(node.index, from: BlockNumber(host.head.block.number.rawValue / profile.frequency * profile.frequency))
        kill(node, for: nil)
        trace?(time, node.index, "stops for good")
    }
}

extension SimulatedNode {
    /// The plan by which the process dies around this input, if it does; the plan is used up.
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
