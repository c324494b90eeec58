import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

@testable import Simulation

/// An episode on the curve in which every process keeps its ledger and its journal.
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
        for node in world.nodes { node.disk.record = SimulatedDisk.Record() }
        let frequency = profile.frequency
        let healing = World.firstBlock / frequency * frequency + (windows + 1) * frequency
        try world.run(to: healing)
        if healed > 0 { world.heal() }
        try world.run(to: healing + healed * frequency)
        let records = world.nodes.compactMap(\.disk.record)
        ledgers = records.map(\.ledger)
        journals = records.map(\.journal)
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
