import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

/// Draws the faults of an episode: first which kinds there are at all (each run has its own mix), then, window by window,
/// which begin, at whom, and when.
struct FaultDirector {
    private let kinds: [InjectedFault]
    private let rate: UInt64
    private let end: BlockNumber
    /// Envelopes of past windows, for replays.
    private var past: [(envelope: Bytes, from: Int)] = []
    private(set) var begun: [InjectedFault: UInt64] = [:]

    init(settings: EpisodeSettings) {
        var random = SeededRandom(seed: settings.seed, concern: Concern.faults + 100)
        // A swarm: a kind is in the mix with one half, so that some runs know nothing but one kind.
        let mixed = settings.faults.count > 1
        kinds = settings.faults.sorted().filter { _ in !mixed || random.happens(1, in: 2) }
        rate = settings.faultsPerThousandWindows
        end = BlockNumber(World.firstBlock + settings.windows * settings.profile.frequency)
    }

    /// Keeps a message that may be sent again later.
    mutating func overheard(_ envelope: Bytes, from node: Int) {
        if past.count < 64 { past.append((envelope, node)) }
    }

    /// A window opens: some faults begin.
    mutating func windowOpens(_ start: BlockNumber, in world: World) {
        guard start < end else { return }
        for kind in kinds where world.faultRandom.happens(rate, in: 1_000) {
            begun[kind, default: 0] += 1
            world.log.note(world.time, 40, InjectedFault.allCases.firstIndex(of: kind) ?? 0)
            world.trace?(world.time, -1, "fault \(kind.rawValue)")
            begin(kind, start, in: world)
        }
    }

    private mutating func begin(_ kind: InjectedFault, _ start: BlockNumber, in world: World) {
        let count = UInt64(world.nodes.count)
        let frequency = world.profile.frequency
        let window = frequency * World.hostInterval
        let victim = world.nodes[Int(world.faultRandom.below(count))]
        let length = window / 8 + world.faultRandom.below(window)
        let until = world.time + length
        let soon = world.time + world.faultRandom.below(window)
        switch kind {
        case .crashBeforeBroadcast: leader(start, in: world)?.ailment.crash = plan(.proposal, .beforeCommit, in: world)
        case .crashDuringBroadcast:
            let sent = Int(1 + world.faultRandom.below(max(1, count - 1)))
            leader(start, in: world)?.ailment.crash = plan(.proposal, .afterCommit(sent: sent), in: world)
        case .crashAfterBroadcast:
            leader(start, in: world)?.ailment.crash = plan(.proposal, .afterCommit(sent: .max), in: world)
        case .crashAfterAccept: victim.ailment.crash = plan(.accept, .afterCommit(sent: 0), in: world)
        case .crashBeforeRelease: victim.ailment.crash = plan(.release, .beforeCommit, in: world)
        case .crashAtInput:
            let inputs = Int(world.faultRandom.below(200))
            victim.ailment.crash = plan(.input(inputs), .afterCommit(sent: 0), in: world)
        case .tornWrite:
            let inputs = Int(world.faultRandom.below(200))
            victim.ailment.crash = plan(.input(inputs), .beforeCommit, in: world)
        case .diskFull: victim.ailment.diskFullUntil = until
        case .outage, .upgrade:
            let down = kind == .upgrade ? 20_000 : length
            world.queue.push(.fault(.restart(victim.index, after: down, as: .itself)), at: soon)
        case .missingShare, .mixedProfile:
            let role: FaultStep.Role = kind == .missingShare ? .withoutShares : .withAnotherProfile
            world.monitor.isUnfit(victim.index, until: start.adding(4 * frequency))
            world.queue.push(.fault(.restart(victim.index, after: 1_000, as: role)), at: soon)
            world.queue.push(.fault(.restart(victim.index, after: 1_000, as: .itself)), at: soon + window)
        case .mixedVersion: victim.ailment.otherVersionUntil = until
        case .slowHandler: victim.ailment.slowUntil = until
        case .clockSkew:
            let skews: [Int64] = [-20_000, -2_000, -200, 200, 2_000, 20_000]
            victim.ailment.clockSkew = skews[Int(world.faultRandom.below(6))]
        case .loss, .duplication, .reordering, .delay:
            var weather = SimulatedNetwork.Weather()
            let rate = 20 + world.faultRandom.below(400)
            switch kind {
            case .loss: weather.loss = rate
            case .duplication: weather.duplication = rate
            case .reordering: weather.reordering = rate
            default: (weather.delay, weather.jitter) = (200 + 10 * rate, 20 * rate)
            }
            world.queue.push(.fault(.weather(weather)), at: soon)
            world.queue.push(.fault(.weather(SimulatedNetwork.Weather())), at: soon + length)
        case .oneWayCut:
            let other = Int(world.faultRandom.below(count))
            world.network.cut(from: victim.index, to: other, until: until)
            world.queue.push(.links, at: world.time + 1)
            world.queue.push(.links, at: until + 1)
        case .partition:
            let side = world.nodes.map { _ in world.faultRandom.happens(1, in: 2) }
            for one in side.indices {
                for other in side.indices where side[one] != side[other] {
                    world.network.cut(from: one, to: other, until: until)
                }
            }
            world.queue.push(.links, at: world.time + 1)
            world.queue.push(.links, at: until + 1)
        case .replay:
            for (envelope, from) in past {
                let to = Int(world.faultRandom.below(count))
                if to != from { world.queue.push(.fault(.replay(envelope, from: from, to: to)), at: soon) }
            }
            past = []
        case .silentHeads: victim.ailment.headsSilentUntil = until
        case .skippedHeads: victim.ailment.headStride = 2 + world.faultRandom.below(6)
        case .repeatedHeads: victim.ailment.headRepeats = 2
        case .wrongHash:
            let last = start.adding(frequency + world.faultRandom.below(frequency))
            victim.ailment.fork = start.adding(frequency - world.profile.safeBlockShift)...last
            world.monitor.isUnfit(victim.index, until: last.adding(2 * frequency))
        case .shallowReorg: world.queue.push(.fault(.reorganiseHost(depth: 1)), at: soon)
        case .deepReorg:
            let depth = Int(world.profile.safeBlockShift + 1 + world.faultRandom.below(3))
            world.queue.push(.fault(.reorganiseHost(depth: depth)), at: soon)
        case .bitcoinSilent: victim.ailment.bitcoinSilentUntil = until
        case .bitcoinLag: victim.ailment.bitcoinLagUntil = until
        case .feeSpike:
            world.queue.push(.fault(.feeRate(20 + world.faultRandom.below(200))), at: soon)
            world.queue.push(.fault(.feeRate(10)), at: soon + length)
        case .eviction: world.queue.push(.fault(.evict), at: soon)
        case .bitcoinReorg:
            world.queue.push(.fault(.reorganiseBitcoin(depth: Int(1 + world.faultRandom.below(6)))), at: soon)
        case .equivocation, .impersonation, .lyingProposal, .lyingVerdict: lie(kind, start, in: world)
        }
    }

    private func plan(_ trigger: CrashPlan.Trigger, _ point: CrashPlan.Point, in world: World) -> CrashPlan {
        CrashPlan(trigger: trigger, point: point, milliseconds: 1_000 + world.faultRandom.below(120_000))
    }

    private func election(_ start: BlockNumber, in world: World) -> Election? {
        guard let seed = world.host[start.subtracting(world.profile.safeBlockShift)]?.block.hash,
            let window = CoordinationWindow(openedBy: start, profile: world.profile)
        else { return nil }
        return Election(
            wallet: world.cast.wallets[0].identity.hash, safeBlockHash: seed, window: window.index,
            operators: world.cast.operators, profile: world.profile)
    }

    private func leader(_ start: BlockNumber, in world: World) -> SimulatedNode? {
        election(start, in: world)?.leader.flatMap(world.place(of:)).map { world.nodes[$0] }
    }

    // MARK: - Lies

    /// Somebody says with its own key what its machine does not say.
    private func lie(_ kind: InjectedFault, _ start: BlockNumber, in world: World) {
        guard let order = election(start, in: world)?.leaderOrder, order.count > 3 else { return }
        let liar = kind == .impersonation ? order[order.count - 1] : order[0]
        // Who is never up does not lie either.
        guard let index = world.place(of: liar), world.isPresent(index) else { return }
        world.monitor.lies(index, in: start)
        let payload: Bytes
        var message = MessageKind.proposal
        switch kind {
        case .impersonation: payload = Proposal.noop.encoded
        case .lyingProposal:
            payload = Proposal.redemption(scripts: [[0x00, 0x14] + Bytes(repeating: 7, count: 20)], fee: 900).encoded
        case .lyingVerdict:
            message = .verdict
            let digest = ProposalDigest(sha256(world.faultRandom.publicBytes(8)).bytes)
            let block = Verdict.BlockRead(number: start, hash: world.host.head.block.hash)
            payload = digest.map { Verdict(digest: $0, answer: .accept, block: block).encoded } ?? []
        default:
            payload =
                Proposal.heartbeat(message: Bytes(repeating: 0xff, count: 8) + world.faultRandom.publicBytes(8))
                .encoded
        }
        let wallet = world.cast.wallets[0]
        let envelope = Envelope(
            Envelope.Content(
                domain: Domain(chainID: Cast.chainID, profile: world.profile), wallet: wallet.identity.hash,
                coordinationBlock: start, seat: wallet.group.lowestSeat(of: liar) ?? .none, kind: message,
                payload: payload), sign: { world.nodes[index].signatures.sign($0) }
        ).encoded
        let at = world.time + world.faultRandom.below(5 * World.hostInterval)
        for node in world.nodes where node.index != index && world.faultRandom.happens(2, in: 3) {
            world.queue.push(.fault(.inject(envelope, from: index, to: node.index)), at: at)
        }
    }
}
