import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

/// Starts the faults of an episode. The plan decides which faults begin. Each fault draws its operators and times from
/// a generator of its own.
struct FaultDirector {
    private let plan: FaultPlan
    private let liars: Int
    private let settings: EpisodeSettings
    /// Envelopes of past windows, for replays.
    private var past: [(envelope: Bytes, from: Int)] = []
    /// The faults that began, in order.
    private(set) var begun: [FaultInstance] = []

    init(settings: EpisodeSettings) {
        plan = FaultPlan(settings: settings)
        liars = settings.liars
        self.settings = settings
    }

    /// Keeps a message of a window for a possible replay.
    mutating func overheard(_ envelope: Bytes, from node: Int) {
        guard plan.replays, past.count < 64, envelope.windowOfEnvelope != BlockNumber(0) else { return }
        past.append((envelope, node))
    }

    /// Takes note that a window opens, and starts its faults.
    mutating func windowOpens(_ start: BlockNumber, in world: World) {
        if liars > 0, start < plan.end { lieBeyond(liars, start, in: world) }
        if let blocks = settings.latecomersAfter, start < plan.end { linkLate(by: blocks, start, in: world) }
        for (instance, random) in plan.begin(in: start) {
            var random = random
            begun.append(instance)
            world.log.note(world.time, 40, InjectedFault.allCases.firstIndex(of: instance.kind) ?? 0)
            world.trace?(world.time, -1, "fault \(instance)")
            begin(instance.kind, start, drawing: &random, in: world)
        }
    }

    private mutating func begin(
        _ kind: InjectedFault, _ start: BlockNumber, drawing random: inout SeededRandom, in world: World
    ) {
        let count = UInt64(world.nodes.count)
        let frequency = world.profile.frequency
        let window = frequency * World.hostInterval
        let victim = world.nodes[victim(Int(random.below(count)), of: world.nodes.count)]
        let length = window / 8 + random.below(window)
        let until = world.time + length
        let soon = world.time + random.below(window)
        switch kind {
        case .crashBeforeBroadcast:
            leader(start, in: world)?.ailment.crash = crash(.proposal, .beforeCommit, drawing: &random)
        case .crashDuringBroadcast:
            let sent = Int(1 + random.below(max(1, count - 1)))
            leader(start, in: world)?.ailment.crash = crash(.proposal, .afterCommit(sent: sent), drawing: &random)
        case .crashAfterBroadcast:
            leader(start, in: world)?.ailment.crash = crash(.proposal, .afterCommit(sent: .max), drawing: &random)
        case .crashAfterAccept: victim.ailment.crash = crash(.accept, .afterCommit(sent: 0), drawing: &random)
        case .crashBeforeRelease: victim.ailment.crash = crash(.release, .beforeCommit, drawing: &random)
        case .crashAtInput:
            let inputs = Int(random.below(200))
            victim.ailment.crash = crash(.input(inputs), .afterCommit(sent: 0), drawing: &random)
        case .tornWrite:
            let inputs = Int(random.below(200))
            victim.ailment.crash = crash(.input(inputs), .beforeCommit, drawing: &random)
        case .diskFull: victim.ailment.diskFullUntil = until
        case .outage, .upgrade:
            let down = kind == .upgrade ? 20_000 : length
            world.queue.push(.fault(.restart(victim.index, after: down, as: .itself)), at: soon)
        case .missingShare, .mixedProfile, .otherSeats:
            let role: FaultStep.Role =
                switch kind {
                case .missingShare: .withoutShares
                case .mixedProfile: .withAnotherProfile
                default: .withOtherSeats
                }
            world.monitor.isUnfit(victim.index, until: start.adding(4 * frequency))
            world.queue.push(.fault(.restart(victim.index, after: 1_000, as: role)), at: soon)
            world.queue.push(.fault(.restart(victim.index, after: 1_000, as: .itself)), at: soon + window)
        case .duplicateIdentity:
            for node in world.nodes where node.index != victim.index {
                world.sides[node.index] = random.happens(1, in: 2)
            }
            lies(victim.index, from: start.subtracting(frequency), in: world)
            world.queue.push(.fault(.twin(victim.index)), at: soon)
            world.queue.push(.fault(.twinEnds(victim.index)), at: soon + length)
        case .mixedVersion: victim.ailment.otherVersionUntil = until
        case .slowHandler:
            victim.ailment.slowUntil = until
            victim.ailment.slowness = 50 + random.below(5_000)
        case .pause:
            victim.ailment.pausedUntil = until
            world.queue.push(.fault(.wake(victim.index, since: world.time, isCounted: true)), at: until)
        case .sleep:
            let end = world.time + (2 + random.below(14)) * World.hostInterval + random.below(World.hostInterval)
            victim.ailment.pausedUntil = end
            let isCounted = random.happens(1, in: 2)
            world.queue.push(.fault(.wake(victim.index, since: world.time, isCounted: isCounted)), at: end)
        case .clockSkew:
            let skews: [Int64] = [-20_000, -2_000, -200, 200, 2_000, 20_000]
            victim.ailment.clockSkew = skews[Int(random.below(6))]
        case .loss, .duplication, .reordering, .delay:
            var weather = SimulatedNetwork.Weather()
            let rate = 20 + random.below(400)
            switch kind {
            case .loss: weather.loss = rate
            case .duplication: weather.duplication = rate
            case .reordering: weather.reordering = rate
            default: (weather.delay, weather.jitter) = (200 + 10 * rate, 20 * rate)
            }
            world.queue.push(.fault(.weather(weather)), at: soon)
            world.queue.push(.fault(.weather(SimulatedNetwork.Weather())), at: soon + length)
        case .oneWayCut:
            let other = Int(random.below(count))
            // Neither end is told that a link is cut one way: the ends take a while to give the link up.
            let notice = world.time + random.below(60_000)
            world.network.cut(from: victim.index, to: other, until: until, noticedAt: notice)
            world.queue.push(.links, at: notice + 1)
            world.queue.push(.links, at: until + 1)
        case .partition:
            let side = world.nodes.map { _ in random.happens(1, in: 2) }
            for one in side.indices {
                for other in side.indices where side[one] != side[other] {
                    world.network.cut(from: one, to: other, until: until)
                }
            }
            world.queue.push(.links, at: world.time + 1)
            world.queue.push(.links, at: until + 1)
        case .tornLinks: world.queue.push(.fault(.tear(until: world.time + 2 * window)), at: world.time + 1)
        case .replay:
            // The action of the last window may still be in progress; repeating its messages would not be a replay yet.
            for (envelope, from) in past where envelope.windowOfEnvelope.adding(2 * frequency) <= start {
                let to = Int(random.below(count))
                guard to != from else { continue }
                let form = FaultStep.Replay(drawing: &random, wallets: world.cast.wallets.count)
                world.queue.push(.fault(.replay(envelope, as: form, from: from, to: to)), at: soon)
            }
            past = []
        case .silentHeads: victim.ailment.headsSilentUntil = until
        case .staleHeads:
            victim.ailment.headsBehind = 1 + random.below(frequency)
            victim.ailment.headsBehindUntil = until
            world.monitor.lags(
                victim.index, by: victim.ailment.headsBehind,
                until: start.adding(length / World.hostInterval + 2))
        case .staleBranch:
            let depth = Int(1 + random.below(world.profile.safeBlockShift + 1))
            world.queue.push(.fault(.strand(victim.index, depth: depth, until: soon + length)), at: soon)
        case .frozenHead: freeze(victim.index, start, at: soon, for: length, drawing: &random, in: world)
        case .headGap: victim.ailment.headsSilentUntil = world.time + window + random.below(3 * window)
        case .skippedHeads: victim.ailment.headStride = 2 + random.below(6)
        case .repeatedHeads: victim.ailment.headRepeats = 2
        case .wrongHash:
            let last = start.adding(frequency + random.below(frequency))
            victim.ailment.fork = start.adding(frequency - world.profile.safeBlockShift)...last
            world.monitor.isUnfit(victim.index, until: last.adding(2 * frequency))
        case .indexHole:
            // A redemption that settles in the next windows, and is proposed in them.
            let last = start.adding(frequency + random.below(frequency))
            victim.ailment.indexHole = (start...last, until + 3 * window)
        case .silentLogs: victim.ailment.logsSilentUntil = until
        case .shallowReorg: world.queue.push(.fault(.reorganiseHost(depth: 1)), at: soon)
        case .deepReorg:
            let depth = Int(world.profile.safeBlockShift + 1 + random.below(3))
            world.queue.push(.fault(.reorganiseHost(depth: depth)), at: soon)
        case .bitcoinSilent: victim.ailment.bitcoinSilentUntil = until
        case .wrongBitcoin: victim.ailment.bitcoinForeignUntil = until
        case .bitcoinLag: victim.ailment.bitcoinLagUntil = until
        case .feeSpike:
            world.queue.push(.fault(.feeRate(20 + random.below(200))), at: soon)
            world.queue.push(.fault(.feeRate(10)), at: soon + length)
        case .fullMempool:
            // Above the fee paid at the estimate, and long enough for another window's action to begin meanwhile.
            world.queue.push(.fault(.mempoolMinimum(15 + random.below(40))), at: soon)
            world.queue.push(.fault(.mempoolMinimum(1)), at: soon + window + length)
        case .eviction: world.queue.push(.fault(.evict), at: soon)
        case .bitcoinReorg:
            let depth = Int(1 + random.below(UInt64(settings.deepestBitcoinReorg)))
            world.queue.push(.fault(.reorganiseBitcoin(depth: depth)), at: soon)
        case .equivocation, .impersonation, .forgedSeat, .lyingProposal, .lyingVerdict:
            lie(kind, start, drawing: &random, in: world)
        case .lyingSigning:
            lies(victim.index, from: start.subtracting(frequency), in: world)
            victim.ailment.garblesUntil = until
        case .washing:
            let liars = mostFaulty(drawing: &random, in: world)
            for (place, index) in liars.enumerated() {
                lies(index, from: start.subtracting(frequency), in: world)
                // The first of several faulty operators only keeps sessions open.
                world.nodes[index].ailment.washing = (
                    until: world.time + 2 * window, isSilent: place == 0 && liars.count > 1
                )
            }
        case .repeatedSession:
            guard let leader = leader(start, in: world), leader.index != victim.index else { return }
            lies(leader.index, from: start.subtracting(frequency), in: world)
            leader.ailment.repeatsSessionsUntil = world.time + window
            victim.ailment.crash = CrashPlan(
                trigger: .release, point: .afterCommit(sent: .max), milliseconds: 1_000 + random.below(10_000))
        }
    }

    /// The operator that a fault hits: the drawn one, or one of the victims where only some operators are hit.
    private func victim(_ drawn: Int, of count: Int) -> Int {
        guard let victims = settings.victims else { return drawn }
        var random = SeededRandom(seed: settings.seed, concern: Concern.victims)
        let all = (0..<count).shuffled(using: &random)
        return all[drawn % max(1, min(victims, count))]
    }

    /// Operators that hold the largest number of seats that may be faulty, `n - t` of the first wallet.
    private func mostFaulty(drawing random: inout SeededRandom, in world: World) -> [Int] {
        let group = world.cast.wallets[0].group
        var left = group.seats.count - group.threshold
        return world.nodes.indices.shuffled(using: &random).filter { index in
            let seats = group.seats(of: world.cast.operators[index]).count
            guard seats <= left else { return false }
            left -= seats
            return true
        }
    }

    private func crash(
        _ trigger: CrashPlan.Trigger, _ point: CrashPlan.Point, drawing random: inout SeededRandom
    ) -> CrashPlan {
        CrashPlan(trigger: trigger, point: point, milliseconds: 1_000 + random.below(120_000))
    }

    /// Freezes heads: that of one operator, or during an action those of its coordinators, or all of them. With all
    /// frozen and no links, nothing is signed in time. An operator that does not see the deadline pass is then asked
    /// for a share after it.
    private func freeze(
        _ victim: Int, _ start: BlockNumber, at soon: UInt64, for length: UInt64, drawing random: inout SeededRandom,
        in world: World
    ) {
        let form = random.below(3)
        guard form > 0 else {
            world.queue.push(.fault(.freeze([victim], until: soon + length)), at: soon)
            return
        }
        let profile = world.profile
        let begin = profile.activePhase + profile.passivePhase
        func time(_ blocks: UInt64) -> UInt64 { world.time + blocks * World.hostInterval }
        let deadline = begin + profile.redemptionValidity - profile.signingMargin
        let group = world.cast.wallets[0].group
        var frozen = Array(world.nodes.indices)
        if form == 1, let order = election(start, in: world)?.leaderOrder {
            // As many operators as hold an action's instances, and some that are asked.
            frozen = order.prefix(group.threshold + 1).compactMap(world.place)
        }
        world.queue.push(.fault(.sever(until: time(deadline + 7))), at: time(begin) - 2_000)
        world.queue.push(.fault(.freeze(frozen, until: time(deadline + 14))), at: time(begin) + 1_500)
    }

    func election(_ start: BlockNumber, in world: World) -> Election? {
        guard let seed = world.host.block(start.subtracting(world.profile.safeBlockShift))?.hash,
            let window = CoordinationWindow(openedBy: start, profile: world.profile)
        else { return nil }
        return Election(
            wallet: world.cast.wallets[0].identity.hash, safeBlockHash: seed, window: window.index,
            operators: world.cast.operators, profile: world.profile)
    }

    /// Isolates one operator that may not propose in the window until some blocks after its opening. The others'
    /// messages wait for its link meanwhile.
    private func linkLate(by blocks: UInt64, _ start: BlockNumber, in world: World) {
        var random = SeededRandom(seed: settings.seed, concern: Concern.victims &+ start.rawValue)
        guard let election = election(start, in: world) else { return }
        let followers = world.nodes.filter { election.place(of: $0.address) == nil }
        guard !followers.isEmpty else { return }
        let latecomer = followers[Int(random.below(UInt64(followers.count)))].index
        let until = world.time + blocks * World.hostInterval
        for other in world.nodes.indices where other != latecomer {
            world.network.cut(from: latecomer, to: other, until: until)
            world.network.cut(from: other, to: latecomer, until: until)
        }
        world.queue.push(.links, at: world.time + 1)
        world.queue.push(.links, at: until + 1)
        world.arranged += 1
        world.trace?(world.time, latecomer, "is linked \(blocks) blocks after the opening")
    }

    private func leader(_ start: BlockNumber, in world: World) -> SimulatedNode? {
        election(start, in: world)?.leader.flatMap(world.place(of:)).map { world.nodes[$0] }
    }
}
