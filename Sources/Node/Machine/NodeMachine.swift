package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// One operator's node: windows, actions and signing of all its wallets, joined.
///
/// Pure: chains, peers, disk, clock and randomness are inputs and effects, and the daemon and the simulator drive the
/// same machine. It holds one-time secrets through its signers, so it is noncopyable and has no snapshot of its own:
/// what a restart needs is in the ledger (``LedgerState``), and signers are made anew.
package struct NodeMachine: ~Copyable {
    package let configuration: NodeConfiguration
    let signatures: any OperatorSignatures
    /// The followed host chain's last blocks.
    package internal(set) var chain: RecentChain
    /// How old its head is.
    var headClock: HeadClock
    /// Whether windows and signers were told last that it is fresh.
    var isHeadFresh = false
    let wallets: SortedTable<WalletPublicKeyHash, WalletState>
    let signers: SortedTable<WalletPublicKeyHash, SigningSlot>
    /// Signing messages of jobs that have not begun here: the sender may be ahead of us.
    var early: [EarlyMessage] = []
    /// The highest attempt that a marker took, by job and instance.
    var markers: [LedgerState.AttemptKey: UInt64]
    /// The sessions to which shares were bound before the process started, by job and instance.
    var bound: [LedgerState.AttemptKey: Set<BoundSession>]
    /// What the ledger holds of windows that are not over, until the first head says what is to be done with it.
    var saved: [WindowKey: LedgerState.Window]
    /// The operators to whom a link stands.
    package internal(set) var connected: Set<EthereumAddress> = []
    /// The newest status of each operator.
    package internal(set) var statuses: [EthereumAddress: Status] = [:]
    /// The height of Bitcoin's tip as last read.
    var bitcoinHeight: UInt32 = 0
    var statusCounter: UInt64 = 0
    /// Leaders that we found idle lately, and who else says so.
    var idle: [Status.IdleLeader: Set<EthereumAddress>] = [:]
    /// Those of them that operators of `t` seats reported; we go on saying so, since others may still count.
    var confirmedIdle: Set<Status.IdleLeader> = []
    /// How often the followed chain was reorganised since the start.
    var branch: UInt64 = 0
    /// Whether the node begins nothing new, since it is about to stop.
    package internal(set) var isDraining = false

    /// Makes a node that goes on where its ledger stopped; the first input is its head.
    package init(configuration: NodeConfiguration, signatures: any OperatorSignatures, ledger: LedgerState) {
        self.configuration = configuration
        self.signatures = signatures
        chain = RecentChain(capacity: max(256, 4 * configuration.profiles.frequency))
        headClock = HeadClock(blockMilliseconds: configuration.blockMilliseconds)
        var wallets = SortedTable<WalletPublicKeyHash, WalletState>()
        for (name, held) in configuration.wallets {
            let state = WalletState(held: held)
            state.records = SortedTable(ledger.records.filter { $0.key.wallet == name && $0.value.isHeld })
            state.undecided = ledger.undecidedFaults.filter { $0.wallet == name }
            for start in Set(state.undecided.map(\.coordinationBlock)) {
                let window = ledger.windows[WindowKey(wallet: name, coordinationBlock: start)]
                state.foundations[start] = window.flatMap(WalletState.Foundation.init)
            }
            state.lastWindow = ledger.lastWindow[name] ?? BlockNumber(0)
            state.halted = ledger.halted[name]
            wallets[name] = state
        }
        self.wallets = wallets
        signers = SortedTable(configuration.wallets.mapValues { _ in SigningSlot() })
        markers = ledger.markers
        bound = ledger.bound
        saved = ledger.windows.filter { configuration.wallets[$0.key.wallet] != nil && $0.value.finalOutcome == nil }
    }

    /// The head of the followed chain; nil before the first.
    package var head: HostBlock? { chain.head }

    // MARK: - Inputs

    /// Takes the next block of the host chain.
    mutating func headArrived(
        _ block: HostBlock, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let isFirst = chain.head == nil
        chain.append(block)
        headClock.arrived(block.number, at: now)
        headAged(at: now)
        var effects: [NodeEffect] = []
        early.removeAll { $0.arrival.adding(EarlyMessage.patience) < block.number }
        for name in wallets.keys {
            if isFirst { effects += resume(name, now: now, random: &random) }
            effects += openWindows(of: name)
            // Before the windows: an action whose time is over makes room for the one that is handed over now.
            effects += advanceAction(of: name, now: now, random: &random)
            effects += advanceWindows(of: name, now: now, random: &random)
            effects += track(name)
            effects += decideFaults(of: name)
        }
        return effects
    }

    /// Takes a reorganisation: the blocks after `ancestor` are gone, and those of the new branch follow.
    ///
    /// Elections stand on the hash that seeded them; what was read at orphaned blocks is read again.
    mutating func reorganised(to ancestor: HostBlock, depth: UInt64) -> [NodeEffect] {
        chain.rewind(to: ancestor)
        branch += 1
        for name in wallets.keys {
            wallets[name]?.evaluations.removeAll()
            wallets[name]?.requestsOver = RequestsOver()
            for start in wallets[name]?.windows.keys ?? [] {
                wallets[name]?.windows[start]?.machine.questionsLost()
            }
        }
        return [.record(.reorganised(ancestor: ancestor.read, depth: depth))]
    }

    /// Takes what the chains answered to ``NodeEffect/read(_:_:)``.
    mutating func answered(
        _ key: EvaluationKey, _ answers: [(ChainQuery, ChainAnswer)], now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        for case (_, .bitcoin(.tip(let tip))) in answers { bitcoinHeight = tip.height }
        guard key.branch == branch, wallets[key.wallet]?.evaluations[key.purpose]?.answered(answers) != nil else {
            return []
        }
        return run(key, now: now, random: &random)
    }

    /// The input that asked for it is committed.
    mutating func committed(
        _ token: CommitToken, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let slot = signers[token.wallet], slot.machine?.job.id == token.job else { return [] }
        guard let effects = slot.machine?.reserved(token.numbers, now: now, random: &random) else { return [] }
        return signing(effects, of: token.wallet, now: now, random: &random)
    }

    /// Time passed without a block: nonces are renewed.
    mutating func timePassed(now: SigningInstant, random: inout some SecureRandom) -> [NodeEffect] {
        var effects: [NodeEffect] = []
        for name in wallets.keys {
            guard let slot = signers[name],
                let signing = slot.machine?.timePassed(now: now, random: &random)
            else { continue }
            effects += self.signing(signing, of: name, now: now, random: &random)
        }
        return effects
    }

    /// The machine slept, was stopped or may run twice: nonces are drawn anew, and the head may be long past (N4).
    mutating func resumed(now: SigningInstant, random: inout some SecureRandom) -> [NodeEffect] {
        headClock.slept()
        headAged(at: now)
        var effects: [NodeEffect] = []
        for name in wallets.keys {
            guard let signing = signers[name]?.machine?.forgetNonces(now: now, random: &random) else { continue }
            effects += self.signing(signing, of: name, now: now, random: &random)
        }
        return effects
    }

    /// Tells windows and signers what became of the head's age: with a stale head no vote is cast and no share leaves.
    mutating func headAged(at now: SigningInstant) {
        isHeadFresh = headClock.isFresh(at: now)
        for name in wallets.keys {
            signers[name]?.allowShares(headClock)
            guard let state = wallets[name] else { continue }
            for start in state.windows.keys { state.windows[start]?.machine.isHeadFresh = isHeadFresh }
        }
    }

    /// Whether ``NodeInput/timePassed`` has something to do at this time.
    package func isRenewalDue(at now: SigningInstant) -> Bool {
        signers.values.contains { $0.machine?.isRenewalDue(at: now) ?? false }
    }

    /// A link to an operator came up or went down. What the one before may have lost is said again over a new one, byte
    /// for byte.
    mutating func linkChanged(
        _ peer: EthereumAddress, isUp: Bool, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard isUp else {
            connected.remove(peer)
            for state in wallets.values {
                for start in state.windows.keys { state.windows[start]?.machine.linkFell(peer) }
            }
            return []
        }
        guard connected.insert(peer).inserted else { return [] }
        var effects: [NodeEffect] = []
        for name in wallets.keys {
            effects += repeatVotes(of: name, to: peer)
            let wanted = signers[name]?.machine?.linked(to: peer) ?? []
            effects += signing(wanted, of: name, now: now, random: &random)
        }
        return effects
    }

    /// Begins nothing new from here on: windows in hand still get their verdicts, attempts under way may finish.
    mutating func drain() { isDraining = true }

    /// The election of a wallet's window in hand; nil until its seed is read.
    package func election(of wallet: WalletPublicKeyHash, start: BlockNumber) -> Election? {
        wallets[wallet]?.windows[start]?.election
    }

    /// Whether an action is under way in some wallet.
    package var isBusy: Bool { wallets.values.contains { $0.action != nil } }
}

/// The signers of a wallet's present job: a box, since a machine with one-time secrets fits into no dictionary.
final class SigningSlot {
    var machine: SigningMachine?
    /// After which no share of the job leaves, whatever the head says (threshold-signing.md §11, step 2).
    private var lastShare = SigningInstant(milliseconds: 0)
    /// The envelopes of messages that the machine may want sent again.
    var sent: [SigningMessage: Bytes] = [:]
    /// How often our own signing went wrong; the second time halts the wallet (threshold-signing.md §14).
    var broken = 0

    /// Prepares a job at this head. A host chain that stands still must not hold the deadline open, so the blocks that are
    /// left may take half as long again as they do, and no more.
    func prepare(
        _ job: SigningJob, shares: [HeldShare], reserved: [AttemptNumbers], bound: [BoundSession], hasReleased: Bool,
        head: BlockNumber, blockMilliseconds: UInt64, _ clock: HeadClock, now: SigningInstant
    ) {
        let left = job.deadline.rawValue - min(job.deadline.rawValue, head.rawValue)
        let (time, overflow) = left.multipliedReportingOverflow(by: 3 * blockMilliseconds / 2)
        lastShare = now.adding(milliseconds: overflow ? .max : time)
        machine = SigningMachine(
            job: job, shares: shares, sharesUntil: nil, reserved: reserved, bound: bound, hasReleased: hasReleased)
        sent = [:]
        allowShares(clock)
    }

    /// Tells the signers how long the head stays fresh.
    func allowShares(_ clock: HeadClock) {
        machine?.allowShares(until: clock.freshUntil.map { min($0, lastShare) })
    }
}

/// A signing message that came before its job began here.
struct EarlyMessage {
    /// Blocks for which it is held.
    static let patience: UInt64 = 2
    /// The most messages held of one sender.
    static let perSender = 64

    let envelope: WindowKey
    let kind: MessageCarrier
    let signer: EthereumAddress
    let arrival: BlockNumber
}

/// The kind and payload of a held message.
struct MessageCarrier {
    let kind: MessageKind
    let payload: Bytes
}
