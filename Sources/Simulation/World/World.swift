import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// A whole simulated deployment: operators, links, chains, disks and clocks, driven by one queue of events.
///
/// Every operator runs the same ``NodeMachine`` that `coord run` drives, in a shell with the daemon's rules: commit
/// first, then send, then ask. One seed gives one run, bit for bit. Time is virtual, in milliseconds.
final class World {
    /// An event of the queue.
    enum Event {
        case hostBlock
        case bitcoinBlock
        /// A node's source reports the head.
        case head(Int, epoch: Int)
        case message(Bytes, from: Int, to: Int, tears: UInt64, Receipt?)
        /// The sender's link has learned that a message arrived.
        case arrived(Receipt, at: Int, tears: UInt64)
        /// A slow process reaches a message that waited in its queue.
        case handled(Bytes, from: Int, to: Int, epoch: Int)
        /// The chains answer a node.
        case answer(Int, epoch: Int, EvaluationKey, [ChainQuery])
        case queued(Int, epoch: Int, NodeInput)
        case status(Int)
        case start(Int)
        /// A link may have changed.
        case links
        /// A fault's next step.
        case fault(FaultStep)
    }

    /// The outbox row of a message, and the process that waits for its receipt.
    struct Receipt {
        let row: UInt64
        let process: Int
        let epoch: Int
    }

    let cast: Cast
    let settings: EpisodeSettings
    let profile: ProtocolProfile
    var queue = EventQueue<Event>()
    private(set) var time: UInt64 = 0
    private(set) var steps: UInt64 = 0
    private(set) var inputs: UInt64 = 0
    let nodes: [SimulatedNode]
    /// Second processes with an operator's key, by the operator's number.
    var twins: [Int: SimulatedNode] = [:]
    /// By operator: whether its links lead to the second process of an operator that has one.
    var sides: [Bool]
    private let places: [EthereumAddress: Int]
    var network: SimulatedNetwork
    private(set) var traffic = TrafficTally()
    var host: HostChainModel
    var bitcoin: BitcoinModel
    /// The height of Bitcoin when the run began; lower blocks are never replaced.
    let firstHeight: UInt32
    /// The Bitcoin chain of lagging sources, made from the chain with this tip.
    var lagging: (tip: BlockHash, chain: BitcoinModel)?
    var keepers: [BridgeKeeper]
    /// The calls for the next host block.
    var calls: [HostChainModel.Call] = []
    var chainRandom: SeededRandom
    var loadRandom: SeededRandom
    var log = EventLog()
    /// Called with a description of every event that an operator commits.
    var trace: ((_ time: UInt64, _ node: Int, _ what: String) -> Void)?
    var monitor: InvariantMonitor
    var director: FaultDirector
    /// The wallets that fail now: only the first operator runs them, and it can read no chain for them.
    var poisoned: Set<WalletPublicKeyHash>
    /// How often a scenario's own arrangement took effect.
    var arranged: UInt64 = 0

    static let hostInterval: UInt64 = 12_000
    static let bitcoinInterval: UInt64 = 30_000
    /// The least number of host blocks that are kept. It suffices for every reorganisation and every read, and for a
    /// node that hears of the chain again after a long silence.
    static let keptBlocks: UInt64 = 320
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
        monitor = InvariantMonitor(
            cast: cast, profile: settings.profile, chainID: Cast.chainID, operatorsDown: settings.operatorsDown,
            owesSigning: settings.owesSigning)
        director = FaultDirector(settings: settings)
        poisoned = Set(cast.wallets.prefix(settings.poisonedWallets).map(\.identity.hash))
    }

    /// Makes the chains before the first event: each wallet registered with coins, and `firstBlock` blocks of history.
    private static func chains(
        of cast: Cast, profile: ProtocolProfile, settings: EpisodeSettings
    ) -> (HostChainModel, BitcoinModel, [BridgeKeeper]) {
        guard let amount = Satoshis(500_000_000) else { preconditionFailure("5 bitcoin are an amount") }
        let (wallets, funded) = FundedWallet.chain(
            funding: cast.wallets.map(\.identity), with: amount, time: 1_700_000_000, schnorr: cast.schnorr)
        var bitcoin = funded
        var host = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(1_700_000_000), blockSeconds: profile.blockSeconds)
        host.diverge(by: settings.seed)
        host.mine(wallets.map { $0.registration() })
        while host.head.block.number.rawValue < firstBlock { host.mine() }
        for _ in 0..<3 { bitcoin.mine() }
        return (host, bitcoin, wallets.map { $0.keeper(confirmations: profile.settleConfirmations) })
    }

    /// Whether an operator's process is ever started.
    func isPresent(_ index: Int) -> Bool { index < nodes.count - settings.operatorsDown }

    /// The number of an operator; nil for a stranger.
    func place(of address: EthereumAddress) -> Int? { places[address] }

    // MARK: - The loop

    /// Runs until the host chain has this block.
    func run(to block: UInt64) throws(Violation) {
        if steps == 0 { try begin() }
        while host.head.block.number.rawValue < block {
            guard let (time, event) = queue.pop() else { preconditionFailure("a block follows every block") }
            self.time = time
            steps += 1
            try handle(event)
        }
    }

    private func begin() throws(Violation) {
        for node in nodes where isPresent(node.index) {
            node.start(at: time)
            queue.push(.head(node.index, epoch: node.epoch), at: 1)
        }
        try changeLinks()
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
        case .message(let envelope, let from, let to, let tears, let receipt):
            guard let node = process(to), tears == network.tears else { return }
            try deliver(envelope, from: from, to: node, receipt)
        case .arrived(let receipt, let peer, let tears):
            guard let node = process(receipt.process), node.epoch == receipt.epoch, tears == network.tears,
                node.links[peer] != nil
            else { return }
            node.delivered(receipt.row, to: cast.operators[peer])
        case .handled(let envelope, let from, let to, let epoch):
            guard let node = process(to), node.epoch == epoch else { return }
            try input(.received(envelope, from: cast.operators[from]), to: node)
        case .answer(let index, let epoch, let key, let queries):
            guard let node = process(index), node.epoch == epoch, node.isUp else { return }
            let isPoisoned = poisoned.contains(key.wallet)
            if isPoisoned { arranged += 1 }
            let answers = queries.map { ($0, isPoisoned ? .unavailable(.silent) : answer($0, to: node)) }
            try input(.answered(key, answers), to: node)
        case .queued(let index, let epoch, let told):
            guard let node = process(index), node.epoch == epoch else { return }
            try input(told, to: node)
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

    /// Starts a process from its disk; it hears of the head soon after.
    func start(_ node: SimulatedNode) {
        node.start(at: time)
        log.note(time, 20, node.index)
        trace?(time, node.index, "starts")
        queue.push(.head(node.index, epoch: node.epoch), at: time + 200)
        queue.push(.links, at: time + 300)
    }

    /// Ends a process; it starts again later, or never.
    func kill(_ node: SimulatedNode, for milliseconds: UInt64?) {
        node.kill()
        log.note(time, 21, node.index)
        trace?(time, node.index, "stops")
        queue.push(.links, at: time + 100)
        if let milliseconds { queue.push(.start(node.index), at: time + milliseconds) }
    }

    // MARK: - Inputs

    /// Gives one input to one node, as the daemon's shell does: the driver, then one commit, then the messages.
    @discardableResult
    func input(_ input: NodeInput, to node: SimulatedNode) throws(Violation) -> [NodeEffect] {
        guard node.isUp else { return [] }
        inputs += 1
        log.note(time, input.code, node.index)
        let effects = node.take(input, at: time)
        try watch(input, effects, at: node)
        let dies = node.dies(by: effects)
        if case .beforeCommit? = dies?.point {
            kill(node, for: dies?.milliseconds)
            return effects
        }
        var result = CommitResult()
        if let transaction = node.transaction() {
            if node.ailment.diskFullUntil > time {
                // A commit that fails ends the process (durability-and-events.md §2).
                kill(node, for: node.ailment.diskFullUntil - time)
                return effects
            }
            result = try commit(transaction, of: node)
        }
        var left = Int.max
        if case .afterCommit(let sent)? = dies?.point { left = sent }
        for action in node.committed(result) { try perform(action, of: node, &left) }
        if let dies { kill(node, for: dies.milliseconds) }
        return effects
    }

    private func commit(_ transaction: LedgerTransaction, of node: SimulatedNode) throws(Violation) -> CommitResult {
        let (result, bodies, conflicts) = node.disk.commit(transaction)
        for (event, body) in zip(transaction.events, bodies) {
            log.note(body)
            trace?(time, node.index, event.sentence)
            if case .record(let record) = event {
                try at { () throws(Invariant.Breach) in try monitor.signed(record) }
            }
            // Records of a liar's second process break no promise of its own.
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
        return result
    }

    /// Sends or asks. A process that dies during this sends only some of its messages; the rest wait on its disk.
    private func perform(_ action: NodeAction, of node: SimulatedNode, _ left: inout Int) throws(Violation) {
        switch action {
        case .recorded, .dropped, .malformed: break
        case .flush(let peer):
            guard let to = places[peer] else { return }
            while left > 0, let row = node.next(for: peer) {
                left -= 1
                try watch(leaving: row.message, node)
                transmit(
                    row.message.envelope, from: node, to: to,
                    Receipt(row: row.id, process: node.number, epoch: node.epoch))
            }
        case .transmit(let envelope, _, let recipients):
            try watch(leaving: envelope, node)
            for recipient in recipients {
                guard left > 0, let to = places[recipient], node.links[to] != nil else { continue }
                left -= 1
                transmit(envelope, from: node, to: to)
            }
        case .read(let key, let queries):
            queue.push(.answer(node.number, epoch: node.epoch, key, queries), at: time + 5 + chainRandom.below(60))
        case .publish(let transaction): if left > 0 { try publish(transaction, by: node) }
        case .tell(let told): try input(told, to: node)
        case .queue(let told): queue.push(.queued(node.number, epoch: node.epoch, told), at: time + 2)
        }
    }

    /// Puts bytes on a link.
    func transmit(_ envelope: Bytes, from node: SimulatedNode, to: Int, _ receipt: Receipt? = nil) {
        guard let process = route(from: node, to: to) else { return }
        let isFast = [node, nodes[to]].contains { $0.ailment.washing.until > time }
        for envelope in leaving(envelope, from: node) {
            director.overheard(envelope, from: node.index)
            traffic.count(envelope)
            for arrival in network.arrivals(from: node.index, to: to, size: envelope.count, at: time) {
                queue.push(
                    .message(envelope, from: node.index, to: process, tears: network.tears, receipt),
                    at: isFast ? time + 1 : arrival)
            }
        }
    }

    /// Milliseconds until the sender learns that a message arrived.
    private static let answerToPing: UInt64 = 500

    private func deliver(
        _ envelope: Bytes, from: Int, to node: SimulatedNode, _ receipt: Receipt?
    ) throws(Violation) {
        guard node.isUp else { return }
        if let receipt {
            queue.push(.arrived(receipt, at: node.index, tears: network.tears), at: time + Self.answerToPing)
        }
        if node.ailment.slowUntil > time || node.freeAt > time {
            // Its queue is bounded: messages that it cannot reach in 20 seconds are dropped.
            guard node.freeAt < time + 20_000 else { return }
            node.freeAt = max(node.freeAt, time) + node.ailment.slowness
            queue.push(.handled(envelope, from: from, to: node.number, epoch: node.epoch), at: node.freeAt)
            return
        }
        repeatSession(on: envelope, by: node, to: from)
        try input(.received(envelope, from: cast.operators[from]), to: node)
    }

    // MARK: - Links

    /// Tells nodes which links stand; messages that waited for a link leave.
    private func changeLinks() throws(Violation) {
        for node in nodes + twins.keys.sorted().compactMap({ twins[$0] }) {
            for other in nodes where other.index != node.index {
                let stands = node.isUp && other.isUp && network.isLinked(node.index, other.index, at: time)
                let link = stands ? other.epoch : nil
                guard node.links[other.index] != link else { continue }
                // A process that restarted has another link.
                if node.links.removeValue(forKey: other.index) != nil {
                    try input(.linkChanged(other.address, isUp: false), to: node)
                }
                guard stands, node.isUp else { continue }
                node.links[other.index] = link
                try input(.linkChanged(other.address, isUp: true), to: node)
            }
        }
    }

    // MARK: - Violations

    /// Runs a check and adds to a failure its place in the run.
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
