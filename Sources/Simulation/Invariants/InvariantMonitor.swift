import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

/// Watches a run from outside and says which promise does not hold, as soon as it does not.
///
/// It sees what operators commit and publish. Who lies, by the director's word, is not held to the promises of the honest.
struct InvariantMonitor {
    /// What one operator committed of one window.
    struct View {
        var seedHash: Hash32?
        var voted: ProposalDigest?
        var handedOver: ProposalDigest?
        var isAgreed = false
        var outcome: Outcome?
        var record: ActionRecord?
    }

    let cast: Cast
    let profile: ProtocolProfile
    /// The operators whose process runs at all.
    private let present: Range<Int>
    private let places: [EthereumAddress: Int]
    /// By operator: the windows that are not long over.
    private(set) var views: [[WindowKey: View]]
    /// By operator: records that released shares and are not over.
    private var released: [[ActionRecord.ID: ActionRecord]]
    private var done: [Set<ActionRecord.ID>]
    /// By operator and wallet: the window whose action is being signed.
    private var running: [[WalletPublicKeyHash: WindowKey]]
    private var elections: [WindowKey: [Hash32: Election]] = [:]
    private var agreed: [WindowKey: Set<ProposalDigest>] = [:]
    private var unsigned: [ProposalDigest: Hash32] = [:]
    /// What the signed transactions of a window spend, liars' included.
    private var spends: [WindowKey: [ActionRecord.ID: Set<OutPoint>]] = [:]
    private(set) var liars: [BlockNumber: Set<Int>] = [:]
    /// Windows whose seed or coordination block was replaced: what is judged by them is judged from two chains.
    private var shaken: Set<BlockNumber> = []
    /// Windows that cannot be agreed, because nobody who may propose ever runs or too few run to agree.
    private var unowed: Set<WindowKey> = []
    /// Operators that are misconfigured or misled, until this block.
    private var unfitUntil: [BlockNumber]
    private(set) var tally: Tally
    private(set) var waits = WaitTally()

    /// Counts of a run.
    struct Tally {
        /// Windows of wallets that are over, and of those the ones that nobody agreed on.
        var windows: UInt64 = 0
        var lost: UInt64 = 0
        /// Windows in which two digests were agreed, each at somebody else: too many lied.
        var agreedTwice: UInt64 = 0
        var faults: [FaultKind: UInt64] = [:]
        var outcomes: [String: UInt64] = [:]
        var transactions: UInt64 = 0
        /// By operator: the windows that it led.
        var led: [UInt64]
    }

    init(cast: Cast, profile: ProtocolProfile, chainID: UInt64, operatorsDown: Int = 0) {
        self.cast = cast
        self.profile = profile
        let count = cast.operators.count
        present = 0..<(count - operatorsDown)
        tally = Tally(led: Array(repeating: 0, count: count))
        places = Dictionary(uniqueKeysWithValues: cast.operators.enumerated().map { ($1, $0) })
        views = Array(repeating: [:], count: count)
        released = Array(repeating: [:], count: count)
        done = Array(repeating: [], count: count)
        running = Array(repeating: [:], count: count)
        unfitUntil = Array(repeating: BlockNumber(0), count: count)
    }

    // MARK: - What the director says

    /// An operator says two things, or what is not true, in a window.
    mutating func lies(_ node: Int, in window: BlockNumber) { liars[window, default: []].insert(node) }

    /// An operator is misconfigured or sees another chain until a block.
    mutating func isUnfit(_ node: Int, until block: BlockNumber) { unfitUntil[node] = max(unfitUntil[node], block) }

    /// Host blocks were replaced.
    mutating func reorganised(from first: BlockNumber, to last: BlockNumber) {
        let frequency = profile.frequency
        var start = BlockNumber(first.rawValue / frequency * frequency)
        while start.subtracting(profile.safeBlockShift) <= last {
            let seed = start.subtracting(profile.safeBlockShift)
            if (first...last).contains(seed) || (first...last).contains(start) { shaken.insert(start) }
            start = start.adding(frequency)
        }
    }

    private func isHonest(_ node: Int, in window: BlockNumber) -> Bool {
        !(liars[window]?.contains(node) ?? false) && unfitUntil[node] <= window
    }

    // MARK: - What operators commit

    /// An operator committed an event, at this head of its own.
    mutating func recorded(
        _ event: LedgerEvent, by node: Int, head: BlockNumber?
    ) throws(Invariant.Breach) {
        switch event {
        case .windowSeeded(let key, let hash): try seeded(key, hash, node)
        case .voted(let key, let vote, _):
            if let before = views[node][key]?.voted, before != vote.digest, isHonest(node, in: key.coordinationBlock) {
                throw breach(.s2, node, key, "voted for \(before) and for \(vote.digest)")
            }
            if views[node][key]?.voted == nil, let head, let threshold = cast.wallets.first?.group.threshold {
                waits.voted(key, vote.digest, threshold: threshold, at: head)
            }
            views[node][key, default: View()].voted = vote.digest
        case .proposalRepeated(let key, let digest, _):
            guard isHonest(node, in: key.coordinationBlock), let voted = views[node][key]?.voted, voted != digest else {
                return
            }
            throw breach(.s2, node, key, "voted for \(voted) and proposed \(digest)")
        case .handedOver(let key, let digest, _, _): try handedOver(key, digest, node)
        case .ended(let key, let outcome): try ended(key, outcome, node)
        case .fault(let fault):
            tally.faults[fault.kind, default: 0] += 1
            if !fault.isProvisional, fault.kind != .leaderIdleness, fault.kind != .absence { try charged(fault, node) }
        case .faultDecided(let fault, stands: true): if fault.kind != .leaderIdleness { try charged(fault, node) }
        case .record(let record): try recorded(record, node, head: head)
        case .attempt(let step): try attempted(step, node, head: head)
        case .booted, .reorganised, .envelopeKept, .rejected, .searched, .faultDecided, .halted: break
        }
    }

    private mutating func seeded(_ key: WindowKey, _ hash: Hash32, _ node: Int) throws(Invariant.Breach) {
        views[node][key, default: View()].seedHash = hash
    }

    /// An operator elected, in its own view.
    mutating func elected(_ election: Election, _ key: WindowKey, by node: Int) throws(Invariant.Breach) {
        guard isHonest(node, in: key.coordinationBlock), let hash = views[node][key]?.seedHash else { return }
        if let other = elections[key]?[hash], other != election {
            throw breach(.s1, node, key, "two leader orders from one block hash")
        }
        elections[key, default: [:]][hash] = election
    }

    private mutating func handedOver(
        _ key: WindowKey, _ digest: ProposalDigest, _ node: Int
    ) throws(Invariant.Breach) {
        guard isHonest(node, in: key.coordinationBlock) else { return }
        guard views[node][key]?.voted == digest else {
            throw breach(.s3, node, key, "\(digest) is handed over without our vote")
        }
        views[node][key]?.handedOver = digest
        let isNew = agreed[key, default: []].insert(digest).inserted
        if isNew, agreed[key]?.count == 2 { tally.agreedTwice += 1 }
        guard let group = cast.wallets.first(where: { $0.identity.hash == key.wallet })?.group else { return }
        let tolerated = 2 * group.threshold - group.seats.count
        let lying = liars[key.coordinationBlock]?.count ?? 0
        if agreed[key, default: []].count > 1, lying < tolerated {
            throw breach(.s4, node, key, "two digests are agreed although \(lying) lie")
        }
    }

    private mutating func ended(_ key: WindowKey, _ outcome: Outcome, _ node: Int) throws(Invariant.Breach) {
        if case .agreed = outcome { views[node][key, default: View()].isAgreed = true }
        if outcome == .noAction { views[node][key, default: View()].isAgreed = true }
        guard outcome.isFinal else { return }
        if let before = views[node][key]?.outcome {
            throw breach(.s6, node, key, "ended as \(before.code) and as \(outcome.code)")
        }
        views[node][key, default: View()].outcome = outcome
        tally.outcomes[outcome.code, default: 0] += 1
        if running[node][key.wallet] == key { running[node][key.wallet] = nil }
    }

    private func charged(_ fault: Fault, _ node: Int) throws(Invariant.Breach) {
        guard let culprit = places[fault.culprit], isHonest(culprit, in: fault.coordinationBlock),
            isHonest(node, in: fault.coordinationBlock), !shaken.contains(fault.coordinationBlock)
        else { return }
        let key = WindowKey(wallet: fault.wallet, coordinationBlock: fault.coordinationBlock)
        throw breach(
            .s5, node, key, "charges honest operator \(culprit) with \(fault.kind.name), \(fault.rule?.name ?? "")")
    }

    private mutating func recorded(
        _ record: ActionRecord, _ node: Int, head: BlockNumber?
    ) throws(Invariant.Breach) {
        let key = WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)
        views[node][key, default: View()].record = record
        if let other = unsigned[record.proposal], other != record.id.unsigned {
            throw breach(.a9, node, key, "one proposal gave two transactions")
        }
        unsigned[record.proposal] = record.id.unsigned
        if record.isOver { released[node][record.id] = nil }
        switch record.state {
        case .releasing:
            guard views[node][key]?.voted == record.proposal else {
                throw breach(.s3, node, key, "releases for what it did not accept")
            }
            guard views[node][key]?.handedOver == record.proposal || !isHonest(node, in: key.coordinationBlock) else {
                throw breach(.a1, node, key, "releases for what was not agreed")
            }
            for (id, other) in released[node] where id != record.id && id.wallet == record.wallet {
                for input in record.inputs {
                    guard let outPoint = input.outPoint, let head else { continue }
                    if other.locks(outPoint, at: head, signingMargin: profile.signingMargin) {
                        throw breach(.a3, node, key, "releases a second spend of a locked outpoint")
                    }
                }
            }
            released[node][record.id] = record
        case .done:
            guard done[node].insert(record.id).inserted else {
                throw breach(.di6, node, key, "a record is done twice")
            }
        case .prepared, .signed, .seen, .mined, .settled, .proven, .conflicted, .expired: break
        }
    }

    /// Any process, a liar's too, holds a signed transaction: two of one window must not both be able to confirm, however
    /// many lie.
    mutating func signed(_ record: ActionRecord) throws(Invariant.Breach) {
        guard record.signedBytes != nil, record.action != .heartbeat else { return }
        let key = WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)
        let inputs = Set(record.inputs.compactMap(\.outPoint))
        for (id, other) in spends[key] ?? [:] where id != record.id && other.isDisjoint(with: inputs) {
            throw Invariant.Breach(
                invariant: .s4, what: "window \(key.coordinationBlock): two signed transactions can both confirm")
        }
        spends[key, default: [:]][record.id] = inputs
    }

    private mutating func attempted(
        _ step: AttemptStep, _ node: Int, head: BlockNumber?
    ) throws(Invariant.Breach) {
        let key = step.window
        if let other = running[node][key.wallet], other != key {
            throw breach(.s7, node, key, "is signed while that of \(other.coordinationBlock) is under way")
        }
        if views[node][key]?.outcome == nil { running[node][key.wallet] = key }
        guard case .binding = step.step else { return }
        guard let record = views[node][key]?.record, record.state == .releasing || record.signedBytes != nil else {
            throw breach(.a4, node, key, "a share leaves before its record says so")
        }
        guard let head, head <= record.deadline else {
            throw breach(.a2, node, key, "a share leaves after the deadline")
        }
    }

    /// The store had another content for one purpose.
    func conflicted(_ intent: String, by node: Int) throws(Invariant.Breach) {
        guard liars.values.allSatisfy({ !$0.contains(node) }), unfitUntil[node] == BlockNumber(0) else { return }
        let invariant: Invariant = intent.hasPrefix("sign/") ? .di4 : .di3
        throw Invariant.Breach(invariant: invariant, what: "operator \(node): two contents for \(intent)")
    }

    // MARK: - What the world sees

    /// A message of before had an effect elsewhere.
    func replayed(_ effects: [NodeEffect], to node: Int) throws(Invariant.Breach) {
        guard !effects.contains(where: \.isDurable) else {
            throw Invariant.Breach(invariant: .s8, what: "operator \(node) took a message of another window")
        }
    }

    /// Bitcoin took a transaction.
    mutating func published(_ transaction: Transaction) { tally.transactions += 1 }

    /// Bitcoin refused a transaction that an operator published.
    func refused(_ transaction: Transaction, _ refusal: BitcoinModel.Refusal) throws(Invariant.Breach) {
        switch refusal {
        // A faster operator's broadcast is known; after a reorganisation a conflict may have been mined.
        case .known, .missingOrSpent, .feeBelowMinimum: return
        case .invalid, .dust:
            throw Invariant.Breach(invariant: .di7, what: "\(transaction.txid) is refused: \(refusal)")
        }
    }

    /// A window opens: what is long over is counted and forgotten. `seed` is the hash, by now final, from which the window
    /// two before it was drawn.
    mutating func windowOpened(_ start: BlockNumber, seed: Hash32?) throws(Invariant.Breach) {
        let over = start.subtracting(2 * profile.frequency)
        let oldest = start.subtracting(16 * profile.frequency)
        for wallet in cast.wallets where over.rawValue > 0 {
            tally.windows += 1
            let counted = WindowKey(wallet: wallet.identity.hash, coordinationBlock: over)
            let isAgreed = views.contains { $0[counted]?.isAgreed ?? false }
            if !isAgreed { tally.lost += 1 }
            waits.over(counted, index: over.rawValue / profile.frequency, isAgreed: isAgreed)
            if let seed { elected(wallet, over, seed) }
            let key = WindowKey(wallet: wallet.identity.hash, coordinationBlock: oldest)
            for node in views.indices { views[node][key] = nil }
            for digest in agreed[key] ?? [] { unsigned[digest] = nil }
            agreed[key] = nil
            spends[key] = nil
            elections[key] = nil
            unowed.remove(key)
        }
        liars[oldest] = nil
        shaken.remove(oldest)
    }

    /// Counts who led a window, and notes one that cannot be agreed.
    private mutating func elected(_ wallet: Cast.Wallet, _ start: BlockNumber, _ seed: Hash32) {
        guard let window = CoordinationWindow(openedBy: start, profile: profile) else { return }
        let election = Election(
            wallet: wallet.identity.hash, safeBlockHash: seed, window: window.index,
            operators: wallet.group.operators, profile: profile)
        if let leader = election.leader.flatMap({ places[$0] }) { tally.led[leader] += 1 }
        let proposers = election.proposers.contains { places[$0].map(present.contains) ?? false }
        if !proposers || present.count < wallet.group.threshold {
            unowed.insert(WindowKey(wallet: wallet.identity.hash, coordinationBlock: start))
        }
    }

    // MARK: - The end

    /// What must hold of the windows of the healed time, once enough has passed: each is agreed, where it can be, and over,
    /// at everyone who is up.
    func healed(from first: BlockNumber, to last: BlockNumber) throws(Invariant.Breach) {
        var start = first
        while start <= last {
            for wallet in cast.wallets {
                let key = WindowKey(wallet: wallet.identity.hash, coordinationBlock: start)
                for node in present {
                    guard let view = views[node][key] else { throw breach(.l1, node, key, "knows nothing of it") }
                    guard view.isAgreed || unowed.contains(key) else {
                        throw breach(.l1, node, key, "ended \(view.outcome.map { "\($0)" } ?? "not at all")")
                    }
                    guard view.outcome != nil else { throw breach(.s6, node, key, "has no final outcome") }
                    if let record = view.record, record.signedBytes != nil, record.action != .heartbeat,
                        !record.isOver, start < last
                    {
                        throw breach(.a5, node, key, "a signed transaction is not proven")
                    }
                }
            }
            start = start.adding(profile.frequency)
        }
    }

    private func breach(_ invariant: Invariant, _ node: Int, _ key: WindowKey, _ what: String) -> Invariant.Breach {
        Invariant.Breach(
            invariant: invariant, what: "operator \(node), window \(key.coordinationBlock): \(what)")
    }
}
