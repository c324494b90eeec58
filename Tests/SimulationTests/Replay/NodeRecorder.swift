import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

@testable import Simulation

/// The ledger and the journal of a simulated process, as `NodeService` and the store write those of a real one.
final class NodeRecorder: NodeTap {
    private(set) var ledger: [LedgerEntry] = []
    private(set) var journal: [JournalEntry] = []
    private var pending: [(time: UInt64, step: JournalStep)] = []
    private var cursor = BlockNumber(0)
    private var time: UInt64 = 0

    func started(_ configuration: NodeConfiguration) {
        let nonce = configuration.bootNonce
        pending = [(time, .started(bootNonce: nonce, build: "sim"))]
        flush()
        append(.booted(bootNonce: nonce, build: "sim"))
    }

    func told(_ input: NodeInput, _ memory: NodeMemory?, at now: SigningInstant) {
        time = now.milliseconds
        if let memory { pending.append((time, .remembered(memory))) }
        pending.append((time, .told(input)))
    }

    func committed(_ effects: [NodeEffect], at block: BlockNumber) {
        var movesCursor = false
        switch pending.last?.step {
        case .told(.head(let block)): (cursor, movesCursor) = (block.number, true)
        case .told(.reorganised(let ancestor, _)): (cursor, movesCursor) = (ancestor.number, true)
        default: break
        }
        for case .send(let message) in effects { pending.append((time, .sent(message.envelope))) }
        guard movesCursor || effects.contains(where: \.isDurable) else { return }
        flush()
        for case .record(let event) in effects { append(event) }
    }

    func killed() { pending = [] }

    private func flush() {
        for (time, step) in pending {
            journal.append(
                JournalEntry(after: UInt64(ledger.count), block: cursor, time: time, body: step.encoded))
        }
        pending = []
    }

    private func append(_ event: LedgerEvent) {
        ledger.append(
            LedgerEntry(
                sequence: UInt64(ledger.count) + 1, block: cursor, body: event.encoded,
                previous: ledger.last?.hash ?? LedgerEntry.genesis))
    }
}

/// An episode on the curve in which every process has a recorder.
struct RecordedEpisode: Sendable {
    let profile: ProtocolProfile
    let cast: Cast
    let ledgers: [[LedgerEntry]]
    let journals: [[JournalEntry]]

    init(
        seed: UInt64, faults: Set<InjectedFault> = [], perThousand: UInt64 = 120, windows: UInt64 = 4,
        healed: UInt64 = 2, operators: Int = 4, seats: Int? = nil, threshold: Int = 3
    ) throws {
        cast = try Cast(
            operators: operators, seats: seats, threshold: threshold, wallets: 1, seed: seed, realSignatures: true)
        var settings = EpisodeSettings(seed: seed)
        settings.windows = windows
        settings.healedWindows = healed
        settings.faults = faults
        settings.faultsPerThousandWindows = perThousand
        settings.requestsPerThousandBlocks = 60
        profile = settings.profile
        let world = World(cast: cast, settings: settings)
        let recorders = world.nodes.map { _ in NodeRecorder() }
        for (node, recorder) in zip(world.nodes, recorders) { node.tap = recorder }
        let frequency = profile.frequency
        let healing = World.firstBlock / frequency * frequency + (windows + 1) * frequency
        try world.run(to: healing)
        if healed > 0 { world.heal() }
        try world.run(to: healing + healed * frequency)
        ledgers = recorders.map(\.ledger)
        journals = recorders.map(\.journal)
    }

    /// A window of an operator as its node would export it; nil where there is nothing to cut.
    func bundle(_ index: Int, _ block: UInt64) -> WindowBundle? {
        guard let wallet = cast.wallets.first, let held = wallet.held[cast.operators[index]] else { return nil }
        return try? WindowBundle(
            WindowKey(wallet: wallet.identity.hash, coordinationBlock: BlockNumber(block)), me: cast.operators[index],
            chainID: Cast.chainID, finalDepth: 6, blockMilliseconds: World.hostInterval, profile: profile,
            wallets: [WindowBundle.Wallet(key: held.key, seats: held.group.seats)], ledger: ledgers[index],
            journal: journals[index])
    }

    /// Every window of every operator that can be cut.
    var bundles: [WindowBundle] {
        var bundles: [WindowBundle] = []
        for index in journals.indices {
            let last = journals[index].last?.block.rawValue ?? 0
            for block in stride(from: profile.frequency, through: last, by: Int(profile.frequency)) {
                if let bundle = bundle(index, block) { bundles.append(bundle) }
            }
        }
        return bundles
    }
}

extension WindowBundle {
    var decodedEvents: [LedgerEvent] { events.compactMap { try? LedgerEvent(decoding: $0.body) } }

    var steps: [JournalStep] { lines.compactMap { try? JournalStep(decoding: $0.body) } }
}
