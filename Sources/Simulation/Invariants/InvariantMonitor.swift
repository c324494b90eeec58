import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// Watches a run from outside and reports a broken promise as soon as it breaks.
///
/// It sees everything that operators commit and publish. The promises of honest operators do not apply to liars, which
/// the director names.
final class InvariantMonitor {
    /// The events that one operator committed for one window.
    struct View {
        var seedHash: Hash32?
        var vote: WindowMachine.Vote?
        var handedOver: ProposalDigest?
        var isAgreed = false
        var outcome: Outcome?
        var record: ActionRecord?

        var voted: ProposalDigest? { vote?.digest }
    }

    let cast: Cast
    let profile: ProtocolProfile
    let domain: Domain
    let groups: [WalletPublicKeyHash: SigningGroup]
    /// The operators with a running process.
    let present: Range<Int>
    let places: [EthereumAddress: Int]
    /// By operator: the windows that are not long over.
    var views: [[WindowKey: View]]
    /// By operator: records that are not over.
    var held: [[ActionRecord.ID: ActionRecord]]
    /// The fee of each transaction to the miners, by its record.
    var fees: [Hash32: UInt64] = [:]
    var done: [Set<ActionRecord.ID>]
    /// By operator and wallet: the window of the action being signed.
    var running: [[WalletPublicKeyHash: WindowKey]]
    var elections: [WindowKey: [Hash32: Election]] = [:]
    var agreed: [WindowKey: Set<ProposalDigest>] = [:]
    var unsigned: [ProposalDigest: Hash32] = [:]
    /// The outpoints that a window's signed transactions spend, those of liars included.
    var spends: [WindowKey: [ActionRecord.ID: Set<OutPoint>]] = [:]
    var liars: [BlockNumber: Set<Int>] = [:]
    /// By operator: the first message that it kept of each liar, and the liars that it charged.
    var heardOfLiars: [[WindowKey: [EthereumAddress: Heard]]]
    /// By operator: the window from which on it is stopped for good.
    var restingSince: [BlockNumber?]
    /// Windows with a replaced seed or coordination block: operators judge them by two chains.
    var shaken: Set<BlockNumber> = []
    /// Windows that cannot be agreed, because no allowed proposer ever runs or too few operators run to agree.
    var unowed: Set<WindowKey> = []
    /// By operator: the block until which it is misconfigured or misled.
    var unfitUntil: [BlockNumber]
    /// The head of the host chain, independent of the operators' views.
    var head = BlockNumber(0)
    /// By operator: how far its advancing source lags, and until which block.
    var lag: [(blocks: UInt64, until: BlockNumber)]
    /// By operator: the time at which it last heard of a block, and the blocks of which it heard only after a silence.
    var hearing: [Hearing]
    /// By operator: its halted wallets.
    private var halted: [Set<WalletPublicKeyHash>]
    /// Whether no fault prevents an agreed action from being signed.
    let owesSigning: Bool
    var tally: Tally
    var waits = WaitTally()

    /// The counts of a run.
    struct Tally {
        /// Windows of wallets that are over; `lost` counts those without agreement.
        var windows: UInt64 = 0
        var lost: UInt64 = 0
        var lostByWallet: [UInt64]
        /// Windows in which two digests were agreed at different operators, because too many operators lied.
        var agreedTwice: UInt64 = 0
        var faults: [FaultKind: UInt64] = [:]
        var outcomes: [String: UInt64] = [:]
        var transactions: UInt64 = 0
        /// By operator: the windows that it led.
        var led: [UInt64]
    }

    /// The blocks of the host chain that an operator's process heard of, by the world's clock.
    struct Hearing {
        var last: UInt64?
        /// The end of the last silence.
        var end: UInt64 = 0
        var late: Set<BlockNumber> = []
    }

    /// The block times by which an operator may err: three until a head is stale, two for a clock that is off, and one
    /// for a source's delay.
    static let patience: UInt64 = 6

    init(cast: Cast, profile: ProtocolProfile, chainID: UInt64, operatorsDown: Int = 0, owesSigning: Bool = false) {
        self.cast = cast
        self.profile = profile
        self.owesSigning = owesSigning
        let count = cast.operators.count
        domain = Domain(chainID: chainID, profile: profile)
        groups = Dictionary(uniqueKeysWithValues: cast.wallets.map { ($0.identity.hash, $0.group) })
        present = 0..<(count - operatorsDown)
        tally = Tally(
            lostByWallet: Array(repeating: 0, count: cast.wallets.count), led: Array(repeating: 0, count: count))
        places = Dictionary(uniqueKeysWithValues: cast.operators.enumerated().map { ($1, $0) })
        views = Array(repeating: [:], count: count)
        held = Array(repeating: [:], count: count)
        heardOfLiars = Array(repeating: [:], count: count)
        restingSince = Array(repeating: nil, count: count)
        done = Array(repeating: [], count: count)
        lag = Array(repeating: (0, BlockNumber(0)), count: count)
        hearing = Array(repeating: Hearing(), count: count)
        halted = Array(repeating: [], count: count)
        running = Array(repeating: [:], count: count)
        unfitUntil = Array(repeating: BlockNumber(0), count: count)
    }

    // MARK: - What the director says

    /// Takes note that an operator lies or equivocates in a window.
    func lies(_ node: Int, in window: BlockNumber) { liars[window, default: []].insert(node) }

    /// Takes note that an operator is misconfigured or sees another chain until a block.
    func isUnfit(_ node: Int, until block: BlockNumber) { unfitUntil[node] = max(unfitUntil[node], block) }

    /// Takes note that an operator's source lags until a block.
    func lags(_ node: Int, by blocks: UInt64, until block: BlockNumber) { lag[node] = (blocks, block) }

    /// Takes note that an operator hears of a block.
    func heard(_ block: BlockNumber, by node: Int, at time: UInt64) {
        if let last = hearing[node].last, time - last > Self.patience * World.hostInterval { hearing[node].end = time }
        hearing[node].last = time
        if hearing[node].end == time { hearing[node].late.insert(block) }
    }

    /// Takes note that an operator is stopped, and does not come back before the end.
    func rests(_ node: Int, from window: BlockNumber) { restingSince[node] = window }

    /// Takes note that an operator ends the halts of its wallets.
    func resumes(_ node: Int) { halted[node] = [] }

    /// Takes note that host blocks were replaced.
    func reorganised(from first: BlockNumber, to last: BlockNumber) {
        let frequency = profile.frequency
        var start = BlockNumber(first.rawValue / frequency * frequency)
        while start.subtracting(profile.safeBlockShift) <= last {
            let seed = start.subtracting(profile.safeBlockShift)
            if (first...last).contains(seed) || (first...last).contains(start) { shaken.insert(start) }
            start = start.adding(frequency)
        }
    }

    func isHonest(_ node: Int, in window: BlockNumber) -> Bool {
        !(liars[window]?.contains(node) ?? false) && unfitUntil[node] <= window
    }

    /// Whether an operator's process runs, and is not yet stopped for good.
    func isUp(_ node: Int, in window: BlockNumber) -> Bool {
        present.contains(node) && restingSince[node].map { window < $0 } ?? true
    }

    // MARK: - What operators commit

    /// Takes an event that an operator committed, at this head of its own.
    func recorded(
        _ event: LedgerEvent, by node: Int, head: BlockNumber?, at time: UInt64
    ) throws(Invariant.Breach) {
        if let wallet = event.actingWallet, halted[node].contains(wallet) {
            throw Invariant.Breach(
                invariant: .pm6, what: "operator \(node): a halted wallet goes on: \(event.sentence)")
        }
        switch event {
        case .windowSeeded(let key, let hash): try seeded(key, hash, node)
        case .voted(let key, let vote, _):
            if let before = views[node][key]?.voted, before != vote.digest, isHonest(node, in: key.coordinationBlock) {
                throw breach(.s2, node, key, "voted for \(before) and for \(vote.digest)")
            }
            if views[node][key]?.vote == nil, let group = groups[key.wallet] {
                let seats = group.seats(of: cast.operators[node]).count
                waits.voted(key, vote.digest, seats: seats, threshold: group.threshold, at: time)
            }
            views[node][key, default: View()].vote = vote
            try proposed(vote, key, node)
        case .proposalRepeated(let key, let digest, _):
            guard isHonest(node, in: key.coordinationBlock), let voted = views[node][key]?.voted, voted != digest else {
                return
            }
            throw breach(.s2, node, key, "voted for \(voted) and proposed \(digest)")
        case .handedOver(let key, let digest, _, _): try handedOver(key, digest, node)
        case .ended(let key, let outcome): try ended(key, outcome, node, at: time)
        case .envelopeKept(let key, let signer, let envelope): try kept(envelope, signer, key, node, head)
        case .fault(let fault):
            charges(fault, node)
            try blamed(fault, node)
            tally.faults[fault.kind, default: 0] += 1
            if !fault.isProvisional, fault.kind != .leaderIdleness, fault.kind != .absence { try charged(fault, node) }
        case .faultDecided(let fault, stands: true): if fault.kind != .leaderIdleness { try charged(fault, node) }
        case .record(let record): try recorded(record, node, head: head)
        case .attempt(let step): try attempted(step, node, head: head)
        case .signingEnded(let key, _, let report): try accused(report, key, node)
        case .halted(let wallet, let reason):
            halted[node].insert(wallet)
            if reason == HaltReason.duplicateIdentity.id { try haltedForAnother(node) }
        case .booted, .reorganised, .rejected, .searched, .faultDecided, .haltEnded: break
        }
    }

    private func seeded(_ key: WindowKey, _ hash: Hash32, _ node: Int) throws(Invariant.Breach) {
        views[node][key, default: View()].seedHash = hash
        if elections[key]?[hash] == nil { elections[key, default: [:]][hash] = elect(key, from: hash) }
    }

    /// The election of a window from a block hash. Every operator holds seats of every wallet, whatever their number,
    /// and the cast is already sorted.
    func elect(_ key: WindowKey, from hash: Hash32) -> Election? {
        CoordinationWindow(openedBy: key.coordinationBlock, profile: profile).map { window in
            Election(
                wallet: key.wallet, safeBlockHash: hash, window: window.index, operators: cast.operators,
                profile: profile)
        }
    }

    /// Checks an operator's election: by the hash that it read, its order must be the common one.
    func elected(_ election: Election, _ key: WindowKey, by node: Int) throws(Invariant.Breach) {
        guard isHonest(node, in: key.coordinationBlock), let expected = self.election(key, by: node) else { return }
        guard election == expected else { throw breach(.s1, node, key, "another leader order from one block hash") }
    }

    /// The election by the block hash that an operator read; nil before it read one.
    func election(_ key: WindowKey, by node: Int) -> Election? {
        views[node][key]?.seedHash.flatMap { elections[key]?[$0] }
    }

    private func handedOver(
        _ key: WindowKey, _ digest: ProposalDigest, _ node: Int
    ) throws(Invariant.Breach) {
        guard isHonest(node, in: key.coordinationBlock) else { return }
        guard views[node][key]?.voted == digest else {
            throw breach(.s3, node, key, "\(digest) is handed over without our vote")
        }
        guard isAgreed(digest, key) else { throw breach(.a1, node, key, "\(digest) is handed over without agreement") }
        views[node][key]?.handedOver = digest
        let isNew = agreed[key, default: []].insert(digest).inserted
        if isNew, agreed[key]?.count == 2 { tally.agreedTwice += 1 }
        guard let group = groups[key.wallet] else { return }
        let tolerated = 2 * group.threshold - group.seats.count
        let lying = group.seatCount(of: (liars[key.coordinationBlock] ?? []).map { cast.operators[$0] })
        if agreed[key, default: []].count > 1, lying < tolerated {
            throw breach(.s4, node, key, "two digests are agreed although the liars hold \(lying) seats")
        }
    }

    /// Whether operators of enough seats have committed their accept of a digest. A liar may have accepted any digest.
    private func isAgreed(_ digest: ProposalDigest, _ key: WindowKey) -> Bool {
        guard let group = groups[key.wallet] else { return false }
        let accepters = cast.operators.enumerated().filter { node, _ in
            views[node][key]?.voted == digest || !isHonest(node, in: key.coordinationBlock)
        }
        return group.seatCount(of: accepters.map(\.element)) >= group.agreementSeats(withoutMainUTXO: false)
    }

    private func ended(
        _ key: WindowKey, _ outcome: Outcome, _ node: Int, at time: UInt64
    ) throws(Invariant.Breach) {
        if case .agreed = outcome { views[node][key, default: View()].isAgreed = true }
        if outcome == .noAction {
            if isHonest(node, in: key.coordinationBlock) {
                guard let voted = views[node][key]?.voted else {
                    throw breach(.s3, node, key, "a no-op is agreed without our vote")
                }
                guard isAgreed(voted, key) else { throw breach(.a1, node, key, "a no-op is taken for agreed") }
            }
            views[node][key, default: View()].isAgreed = true
        }
        guard outcome.isFinal else { return }
        if let before = views[node][key]?.outcome {
            throw breach(.s6, node, key, "ended as \(before.code) and as \(outcome.code)")
        }
        if outcome == .actionExpired { try expired(key, node) }
        views[node][key, default: View()].outcome = outcome
        tally.outcomes[outcome.code, default: 0] += 1
        if outcome == .executed { waits.executed(key, at: time) }
        if running[node][key.wallet] == key { running[node][key.wallet] = nil }
    }

    /// An operator that did not hear the blocks of an active phase in time may have missed messages meanwhile (S9).
    private func blamed(_ fault: Fault, _ node: Int) throws(Invariant.Breach) {
        let start = fault.coordinationBlock
        guard fault.kind == .leaderIdleness, isHonest(node, in: start),
            let late = hearing[node].late.filter({ (start...start.adding(profile.activePhase + 1)).contains($0) }).min()
        else { return }
        let key = WindowKey(wallet: fault.wallet, coordinationBlock: start)
        throw breach(.s9, node, key, "charges \(fault.culprit) with silence, and heard of block \(late) after one")
    }

    /// Checks that an honest operator's report blames no seat of an honest operator (S5). A liar spoils every signing that
    /// is under way, including that of a window before its first lie if a slow operator still has it.
    private func accused(_ report: SigningReport, _ key: WindowKey, _ node: Int) throws(Invariant.Breach) {
        guard isHonest(node, in: key.coordinationBlock), let group = groups[key.wallet] else { return }
        for (culprit, address) in cast.operators.enumerated()
        where isHonest(culprit, in: key.coordinationBlock) && !liars.values.contains(where: { $0.contains(culprit) }) {
            guard let blame = group.seats(of: address).compactMap({ report.blamed[$0] }).first else { continue }
            throw breach(.s5, node, key, "says that honest operator \(culprit) spoils the signing: \(blame)")
        }
    }

    private func charged(_ fault: Fault, _ node: Int) throws(Invariant.Breach) {
        guard let culprit = places[fault.culprit], isHonest(culprit, in: fault.coordinationBlock),
            isHonest(node, in: fault.coordinationBlock), !shaken.contains(fault.coordinationBlock)
        else { return }
        let key = WindowKey(wallet: fault.wallet, coordinationBlock: fault.coordinationBlock)
        let charge = "\(fault.kind.name), \(fault.rule?.name ?? "")"
        throw breach(.s5, node, key, "charges honest operator \(culprit) with \(charge)")
    }

    // MARK: - What the world sees

    /// Reports that a replayed message had an effect elsewhere.
    func replayed(_ effects: [NodeEffect], to node: Int) throws(Invariant.Breach) {
        if let effect = effects.first(where: \.isDurable) {
            throw Invariant.Breach(
                invariant: .s8,
                what: "operator \(node) took a message of another window, wallet or chain: \(effect.summary)")
        }
    }

    /// Takes note that Bitcoin took a transaction.
    func published(_ transaction: Transaction) { tally.transactions += 1 }

    /// Checks Bitcoin's refusal of a transaction that an operator published.
    func refused(_ transaction: Transaction, _ refusal: BitcoinModel.Refusal) throws(Invariant.Breach) {
        switch refusal {
        // A faster operator's broadcast is already known; after a reorganisation a conflict may have been mined.
        case .known, .missingOrSpent, .feeBelowMinimum: return
        case .invalid, .dust:
            throw Invariant.Breach(invariant: .di7, what: "\(transaction.txid) is refused: \(refusal)")
        }
    }

    func breach(_ invariant: Invariant, _ node: Int, _ key: WindowKey, _ what: String) -> Invariant.Breach {
        Invariant.Breach(
            invariant: invariant, what: "operator \(node), window \(key.coordinationBlock): \(what)")
    }
}
