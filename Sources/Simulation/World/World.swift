import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// A whole deployment in a box: operators, links, chains, disks and clocks, driven by one queue of events.
///
/// Every operator runs the very ``NodeMachine`` that `coord run` drives, behind a shell with the rules of the daemon's:
/// commit first, then send, then ask. One seed gives one run, bit for bit. Time is virtual, in milliseconds.
final class World {
    /// What can happen next.
    enum Event {
        case hostBlock
        case bitcoinBlock
        /// A node's source tells of the head.
        case head(Int, epoch: Int)
        case message(Bytes, from: Int, to: Int, tears: UInt64)
        /// A slow process comes to a message that waited in its queue.
        case handled(Bytes, from: Int, to: Int, epoch: Int)
        /// The chains answer a node.
        case answer(Int, epoch: Int, EvaluationKey, [ChainQuery])
        case committed(Int, epoch: Int, CommitToken)
        case status(Int)
        case start(Int)
        /// A link may have changed.
        case links
        /// A fault's next step.
        case fault(FaultStep)
    }

    let cast: Cast
    let settings: EpisodeSettings
    let profile: ProtocolProfile
    var queue = EventQueue<Event>()
    private(set) var time: UInt64 = 0
    private(set) var steps: UInt64 = 0
    private(set) var inputs: UInt64 = 0
    let nodes: [SimulatedNode]
    /// Second processes with the key of an operator, by its number.
    var twins: [Int: SimulatedNode] = [:]
    /// By operator: whether its links lead to the second process of an operator that has one.
    var sides: [Bool]
    private let places: [EthereumAddress: Int]
    var network: SimulatedNetwork
    private(set) var traffic = TrafficTally()
    var host: HostChainModel
    var bitcoin: BitcoinModel
    /// The height of Bitcoin when the run began; what is below is never replaced.
    let firstHeight: UInt32
    /// Bitcoin as those see it who lag, made of the chain with this tip.
    var lagging: (tip: BlockHash, chain: BitcoinModel)?
    var keepers: [BridgeKeeper]
    /// What the next host block is to hold.
    var calls: [HostChainModel.Call] = []
    var chainRandom: SeededRandom
    var loadRandom: SeededRandom
    var log = EventLog()
    /// Told of every event that an operator commits, in words.
    var trace: ((_ time: UInt64, _ node: Int, _ what: String) -> Void)?
    var monitor: InvariantMonitor
    var director: FaultDirector
    private var linked: [Bool]
    /// The wallets that fail now: only the first operator runs them, and of them it can read no chain.
    var poisoned: Set<WalletPublicKeyHash>
    /// How often a scenario's own arrangement took hold.
    var arranged: UInt64 = 0

    static let hostInterval: UInt64 = 12_000
    static let bitcoinInterval: UInt64 = 30_000
    /// Host blocks that are kept: enough for every reorganisation and every read.
    static let keptBlocks: UInt64 = 160
    static let firstBlock: UInt64 = 20

    init(cast: Cast, settings: EpisodeSettings) {
        self.cast = cast
        self.settings = settings
        profile = settings.profile
        let seed = settings.seed
        chainRandom = SeededRandom(seed: seed, concern: Concern.chain)
        loadRandom = SeededRandom(seed: seed, concern: Concern.load)
        network = SimulatedNetwork(
            nodes: cast.operators.count, loss: settings.loss,
            random: SeededRandom(seed: seed, concern: Concern.network))
        (host, bitcoin, keepers) = World.chains(of: cast, profile: settings.profile, settings: settings)
        let sound = cast.wallets.dropFirst(settings.poisonedWallets).map(\.identity.hash)
        firstHeight = bitcoin.height
        nodes = cast.operators.indices.map { index in
            let names = settings.poisonedWallets == 0 || index == 0 ? nil : sound
            return SimulatedNode(
                index: index,
                configuration: cast.configuration(of: index, profile: settings.profile, wallets: names),
                signatures: cast.signatures(of: index),
                random: SeededRandom(seed: seed, concern: Concern.nodes + UInt64(index)))
        }
        places = Dictionary(uniqueKeysWithValues: cast.operators.enumerated().map { ($1, $0) })
        sides = Array(repeating: false, count: nodes.count)
        linked = Array(repeating: false, count: nodes.count * nodes.count)
        monitor = InvariantMonitor(
            cast: cast, profile: settings.profile, chainID: Cast.chainID, operatorsDown: settings.operatorsDown,
            owesSigning: settings.owesSigning)
        director = FaultDirector(settings: settings)
        poisoned = Set(cast.wallets.prefix(settings.poisonedWallets).map(\.identity.hash))
    }

    /// The chains before the first event: each wallet registered with coins, and `firstBlock` blocks of history.
    private static func chains(
        of cast: Cast, profile: ProtocolProfile, settings: EpisodeSettings
    ) -> (HostChainModel, BitcoinModel, [BridgeKeeper]) {
        guard let amount = Satoshis(500_000_000) else { preconditionFailure("5 bitcoin are an amount") }
        let outputs = cast.wallets.map { TxOutput(value: amount, script: $0.identity.outputScript) }
        var bitcoin = BitcoinModel(genesis: outputs[0], time: 1_700_000_000, schnorr: cast.schnorr)
        for output in outputs.dropFirst() { bitcoin.mine(paying: output) }
        var host = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(1_700_000_000), blockSeconds: profile.blockSeconds)
        var keepers: [BridgeKeeper] = []
        var registrations: [HostChainModel.Call] = []
        for (index, wallet) in cast.wallets.enumerated() {
            let funding = OutPoint(txid: bitcoin.blocks[index].transactions[0].txid, index: 0)
            keepers.append(
                BridgeKeeper(
                    wallet: wallet.identity.hash, ownScript: wallet.identity.outputScript, mainUTXO: funding,
                    confirmations: profile.settleConfirmations))
            registrations.append(
                .register(
                    wallet.identity.hash, id: .zero,
                    mainUtxoHash: MainUTXO(outPoint: funding, output: outputs[index]).hash))
        }
        host.diverge(by: settings.seed)
        host.mine(registrations)
        while host.head.block.number.rawValue < firstBlock { host.mine() }
        for _ in 0..<3 { bitcoin.mine() }
        return (host, bitcoin, keepers)
    }

    /// Whether an operator's process is ever started.
    func isPresent(_ index: Int) -> Bool { index < nodes.count - settings.operatorsDown }

    /// The number of an operator; nil for a stranger.
    func place(of address: EthereumAddress) -> Int? { places[address] }

    // MARK: - The loop

    /// Runs until the host chain has this block.
    func run(to block: UInt64) throws(Violation) {
        if steps == 0 { begin() }
        while host.head.block.number.rawValue < block {
            guard let (time, event) = queue.pop() else { preconditionFailure("a block follows every block") }
            self.time = time
            steps += 1
            try handle(event)
        }
    }

    private func begin() {
        for node in nodes where isPresent(node.index) {
            node.start()
            queue.push(.head(node.index, epoch: node.epoch), at: 1)
        }
        // Nothing was said that a link could have lost.
        _ = updateLinks()
        queue.push(.hostBlock, at: Self.hostInterval)
        queue.push(.bitcoinBlock, at: Self.bitcoinInterval)
    }

    private func handle(_ event: Event) throws(Violation) {
        guard !waits(event) else { return }
        switch event {
        case .hostBlock: try mineHost()
        case .bitcoinBlock: mineBitcoin()
        case .head(let index, let epoch):
            guard let node = process(index), node.epoch == epoch, node.isUp else { return }
            try hear(node)
        case .message(let envelope, let from, let to, let tears):
            guard let node = process(to), tears == network.tears else { return }
            try deliver(envelope, from: from, to: node)
        case .handled(let envelope, let from, let to, let epoch):
            guard let node = process(to), node.epoch == epoch else { return }
            try input(.received(envelope, from: cast.operators[from]), to: node)
        case .answer(let index, let epoch, let key, let queries):
            guard let node = process(index), node.epoch == epoch, node.isUp else { return }
            let isPoisoned = poisoned.contains(key.wallet)
            if isPoisoned { arranged += 1 }
            let answers = queries.map { ($0, isPoisoned ? .unavailable(.silent) : answer($0, to: node)) }
            try input(.answered(key, answers), to: node)
        case .committed(let index, let epoch, let token):
            guard let node = process(index), node.epoch == epoch else { return }
            try input(.committed(token), to: node)
        case .status(let index): try input(.statusDue, to: nodes[index])
        case .start(let index):
            guard !nodes[index].isUp, isPresent(index) else { return }
            if nodes[index].ailment.diskFullUntil > time {
                queue.push(.start(index), at: nodes[index].ailment.diskFullUntil)
                return
            }
            start(nodes[index])
        case .links: try changeLinks()
        case .fault(let step): try perform(step)
        }
    }

    /// Starts a process from its disk; it hears of the head soon.
    func start(_ node: SimulatedNode) {
        node.start()
        log.note(time, 20, node.index)
        trace?(time, node.index, "starts")
        queue.push(.head(node.index, epoch: node.epoch), at: time + 200)
        queue.push(.links, at: time + 300)
    }

    /// Ends a process; it starts again later, if at all.
    func kill(_ node: SimulatedNode, for milliseconds: UInt64?) {
        node.kill()
        log.note(time, 21, node.index)
        trace?(time, node.index, "stops")
        queue.push(.links, at: time + 100)
        if let milliseconds { queue.push(.start(node.index), at: time + milliseconds) }
    }

    // MARK: - Inputs

    /// One input of one node, as the daemon's shell does it: the machine, then one commit, then what leaves.
    func input(_ input: NodeInput, to node: SimulatedNode) throws(Violation) {
        guard node.isUp else { return }
        inputs += 1
        log.note(time, input.code, node.index)
        let effects = node.take(input, at: time)
        try watch(input, effects, at: node)
        let dies = node.dies(by: effects)
        if case .beforeCommit? = dies?.point {
            kill(node, for: dies?.milliseconds)
            return
        }
        if !effects.isEmpty {
            if node.ailment.diskFullUntil > time, effects.contains(where: \.isDurable) {
                // A commit that fails ends the process (durability-and-events.md §2).
                kill(node, for: node.ailment.diskFullUntil - time)
                return
            }
            try commit(effects, of: node)
        }
        switch input {
        case .head(let block), .reorganised(let block, _): node.disk.cursor = block.number
        default: break
        }
        node.tap?.committed(effects, at: node.heard.last?.number ?? host.head.block.number)
        var left = Int.max
        if case .afterCommit(let sent)? = dies?.point { left = sent }
        try perform(effects, of: node, atMost: left)
        if let dies { kill(node, for: dies.milliseconds) }
    }

    private func commit(_ effects: [NodeEffect], of node: SimulatedNode) throws(Violation) {
        let conflicts = node.disk.commit(effects, at: node.heard.last?.number ?? host.head.block.number)
        for effect in effects {
            guard case .record(let event) = effect else { continue }
            log.note(event.encoded)
            trace?(time, node.index, event.summary)
            if case .record(let record) = event {
                try at { () throws(Invariant.Breach) in try monitor.signed(record) }
            }
            // What a liar's second process writes down breaks no promise of its own.
            guard node.number == node.index else { continue }
            try at { () throws(Invariant.Breach) in
                try monitor.recorded(event, by: node.index, head: node.heard.last?.number, at: time)
            }
            try watch(event, of: node)
        }
        if let conflict = conflicts.first, node.number == node.index {
            try at { () throws(Invariant.Breach) in
                try monitor.conflicted(conflict, by: node.index)
            }
        }
    }

    /// Sends and asks, in order; a process that dies on the way has sent only so many messages, and the rest wait on its
    /// disk.
    private func perform(
        _ effects: [NodeEffect], of node: SimulatedNode, atMost limit: Int
    ) throws(Violation) {
        var left = limit
        for effect in effects {
            switch effect {
            case .record, .dropped, .unheard: break
            case .send(let message):
                try watch(leaving: message.envelope, node)
                for recipient in message.recipients {
                    guard let to = places[recipient] else { continue }
                    if left > 0, linked[node.index * nodes.count + to] {
                        left -= 1
                        transmit(message.envelope, from: node, to: to)
                    } else if !message.isVolatile {
                        node.disk.keep(message, for: recipient)
                    }
                }
            case .echo(let envelope, _, let recipients):
                try watch(leaving: envelope, node)
                for recipient in recipients {
                    guard left > 0, let to = places[recipient], linked[node.index * nodes.count + to] else { continue }
                    left -= 1
                    transmit(envelope, from: node, to: to)
                }
            case .read(let key, let queries):
                queue.push(
                    .answer(node.number, epoch: node.epoch, key, queries), at: time + 5 + chainRandom.below(60))
            case .confirm(let token):
                queue.push(.committed(node.number, epoch: node.epoch, token), at: time + 2)
            case .publish(let transaction):
                guard left > 0 else { continue }
                try publish(transaction, by: node)
            }
        }
    }

    /// Puts bytes on a link.
    func transmit(_ envelope: Bytes, from node: SimulatedNode, to: Int) {
        guard let process = route(from: node, to: to) else { return }
        let isFast = [node, nodes[to]].contains { $0.ailment.washing.until > time }
        for envelope in leaving(envelope, from: node) {
            director.overheard(envelope, from: node.index)
            traffic.count(envelope)
            for arrival in network.arrivals(from: node.index, to: to, size: envelope.count, at: time) {
                queue.push(
                    .message(envelope, from: node.index, to: process, tears: network.tears),
                    at: isFast ? time + 1 : arrival)
            }
        }
    }

    private func deliver(_ envelope: Bytes, from: Int, to node: SimulatedNode) throws(Violation) {
        guard node.isUp else { return }
        if node.ailment.slowUntil > time || node.freeAt > time {
            // Its queue is bounded: what it cannot come to in 20 seconds is dropped.
            guard node.freeAt < time + 20_000 else { return }
            node.freeAt = max(node.freeAt, time) + node.ailment.slowness
            queue.push(.handled(envelope, from: from, to: node.number, epoch: node.epoch), at: node.freeAt)
            return
        }
        repeatSession(on: envelope, by: node, to: from)
        try input(.received(envelope, from: cast.operators[from]), to: node)
    }

    // MARK: - Links

    /// Gives what each node says again over links that came up.
    private func updateLinks() -> [(node: SimulatedNode, effects: [NodeEffect])] {
        var said: [(node: SimulatedNode, effects: [NodeEffect])] = []
        for node in nodes {
            for other in nodes where other.index != node.index {
                let stands = node.isUp && other.isUp && network.isLinked(node.index, other.index, at: time)
                linked[node.index * nodes.count + other.index] = stands
                let effects = node.link(other.address, isUp: stands, at: time)
                if !effects.isEmpty { said.append((node, effects)) }
            }
        }
        return said
    }

    /// Tells nodes which links stand; what waited for a link leaves.
    private func changeLinks() throws(Violation) {
        let before = linked
        let said = updateLinks()
        for node in nodes where node.isUp {
            for other in nodes {
                let place = node.index * nodes.count + other.index
                guard linked[place], !before[place] else { continue }
                let head = node.heard.last?.number ?? host.head.block.number
                for message in node.disk.take(for: other.address, at: head) {
                    transmit(message.envelope, from: node, to: other.index)
                }
            }
        }
        for (node, effects) in said { try perform(effects, of: node, atMost: .max) }
    }

    // MARK: - Violations

    /// Runs a check and adds where in the run it failed.
    func at(_ check: () throws(Invariant.Breach) -> Void) throws(Violation) {
        do throws(Invariant.Breach) {
            try check()
        } catch {
            throw Violation(breach: error, step: steps, time: time, block: host.head.block.number)
        }
    }
}

extension NodeEffect {
    /// Whether it changes the disk.
    var isDurable: Bool {
        switch self {
        case .record, .send: true
        case .echo, .read, .confirm, .publish, .dropped, .unheard: false
        }
    }
}
