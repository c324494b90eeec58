import Coordination
import Primitives
import ThresholdSigning
import WalletActions

/// One wallet at one operator: its windows, its agreed action with the signers, its records and its faults.
///
/// It holds all state of its wallet and none of another wallet. ``NodeMachine`` feeds it the inputs that concern it. It
/// reads the node through a ``NodeTurn``, and collects its effects there. It cannot be copied, since its signers hold
/// one-time secrets; the ledger holds everything that a restart needs.
struct WalletMachine: ~Copyable {
    let configuration: NodeConfiguration
    let signatures: any OperatorSignatures
    let held: HeldWallet
    /// The windows that are not over here, by coordination block.
    var windows = SortedTable<BlockNumber, WindowRun>()
    /// The hashes on which elections and judgements rest: for open windows, and for those with provisional faults.
    var blockHashes = SortedTable<BlockNumber, WindowBlockHashes>()
    /// Main UTXOs found before, by their hash on the host chain; only a few, since each spend makes another.
    var knownUTXOs: [Hash32: MainUTXO] = [:]
    /// Requests for redemption that need not be read again on this branch of the host chain.
    var closedRedemptions = ClosedRedemptions()
    /// The evaluations in progress.
    var evaluations: [EvaluationKey.Purpose: Evaluation] = [:]
    /// The agreed action and its signers, or the reason that there is no action.
    var state: ActionState
    /// The records that are not done, by id.
    var records: SortedTable<ActionRecord.ID, ActionRecord>
    /// Provisional faults that wait for their blocks to be final.
    var undecided: [Fault]
    /// Leaders that we found idle recently, with the other operators that report them.
    var idle: [Status.IdleLeader: Set<EthereumAddress>] = [:]
    /// The idle leaders that operators of `t` seats reported. We keep reporting them, since other operators may still
    /// be counting.
    var confirmedIdle: Set<Status.IdleLeader> = []
    /// The highest coordination block whose window was begun or written off.
    var lastWindow: BlockNumber
    /// Signing messages of jobs that have not begun here, because the sender may be ahead of us.
    var early: [HeldMessage] = []
    /// The highest attempt with a marker, by job and instance.
    var markers: [LedgerState.AttemptKey: UInt64]
    /// The sessions to which shares were bound before the process started, by job and instance.
    var bound: [LedgerState.AttemptKey: Set<BoundSession>]
    /// The ledger's state of windows that are not over, until the first head decides what is done with it.
    var saved: [BlockNumber: LedgerState.Window]
    /// How often our own signing failed; the second failure halts the wallet (threshold-signing.md §14).
    var broken = 0
    /// The window whose action was handed over while the process drains; the action begins after the restart.
    var postponed: BlockNumber?
    /// The next steps of the present input, the last one first.
    var work: [Work] = []

    /// A step that follows from another, in the same input.
    enum Work {
        /// A window has an effect to perform.
        case window(WindowMachine.Effect, start: BlockNumber)
        /// An evaluation runs its rules over the facts read so far.
        case run(EvaluationKey.Purpose)
    }

    /// Continues from the ledger; the first input is the node's head.
    init(
        _ held: HeldWallet, configuration: NodeConfiguration, signatures: any OperatorSignatures, ledger: LedgerState
    ) {
        let wallet = held.group.wallet
        self.configuration = configuration
        self.signatures = signatures
        self.held = held
        records = SortedTable(ledger.records.filter { $0.key.wallet == wallet && $0.value.isHeld })
        undecided = ledger.undecidedFaults.filter { $0.wallet == wallet }
        for start in Set(undecided.map(\.coordinationBlock)) {
            let window = ledger.windows[WindowKey(wallet: wallet, coordinationBlock: start)]
            blockHashes[start] = window.flatMap(WindowBlockHashes.init)
        }
        lastWindow = ledger.lastWindow[wallet] ?? BlockNumber(0)
        state = ledger.halted[wallet].map(ActionState.halted) ?? .idle(answering: nil)
        markers = ledger.markers.filter { $0.key.window.wallet == wallet }
        bound = ledger.bound.filter { $0.key.window.wallet == wallet }
        saved = [:]
        for (key, window) in ledger.windows where key.wallet == wallet && window.finalOutcome == nil {
            saved[key.coordinationBlock] = window
        }
    }

    var wallet: WalletPublicKeyHash { held.group.wallet }

    /// The key of a window of this wallet.
    func key(_ start: BlockNumber) -> WindowKey { WindowKey(wallet: wallet, coordinationBlock: start) }

    /// The other operators of the wallet, ascending.
    var others: [EthereumAddress] { held.group.operators.filter { $0 != configuration.me } }

    /// Whether no window is open, no action is in progress, and nothing is being read or held.
    var isIdle: Bool {
        windows.count == 0 && state.action == nil && early.isEmpty && evaluations.values.allSatisfy { !$0.isReading }
    }

    // MARK: - Inputs

    /// Takes note of the next block of the host chain.
    mutating func headArrived(_ turn: inout NodeTurn<some SecureRandom>, isFirst: Bool) {
        guard let head = turn.node.chain.head?.number else { return }
        let isOver = { (message: HeldMessage) in message.arrival.adding(HeldMessage.patience) < head }
        turn.effects += early.filter(isOver).map { .dropped(Drop($0.signer, kind: $0.kind, reason: MessageDrop.stale)) }
        early.removeAll(where: isOver)
        if isFirst { resume(&turn) }
        openWindows(&turn)
        // Before the windows: an action whose time is over makes room for the one that is handed over now.
        advanceAction(&turn)
        settle(&turn)
        advanceWindows(&turn)
        track(&turn)
        decideFaults(&turn)
    }

    /// Reads again the facts that were read at blocks now gone. Elections keep the hash that seeded them.
    mutating func reorganised() {
        evaluations.removeAll()
        closedRedemptions = ClosedRedemptions()
        for start in windows.keys { windows[start]?.machine.questionsLost() }
    }

    /// Takes the answers that an evaluation asked for.
    mutating func answered(
        _ purpose: EvaluationKey.Purpose, _ answers: [(ChainQuery, ChainAnswer)],
        _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard evaluations[purpose]?.answered(answers) != nil else { return }
        work.append(.run(purpose))
        settle(&turn)
    }

    /// Takes note that the markers of a job's attempts are on disk.
    mutating func committed(_ token: CommitToken, _ turn: inout NodeTurn<some SecureRandom>) {
        guard let job = state.answering, job.run.machine.job.id == token.job else { return }
        perform(job.run.machine.reserved(token.numbers, now: turn.now, random: &turn.random), of: job, &turn)
    }

    /// Renews nonces when time passed without a block.
    mutating func timePassed(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let job = state.answering else { return }
        perform(job.run.machine.timePassed(now: turn.now, random: &turn.random), of: job, &turn)
    }

    /// Draws nonces anew after the machine slept, was stopped or may run twice (N4).
    mutating func resumed(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let job = state.answering else { return }
        perform(job.run.machine.forgetNonces(now: turn.now, random: &turn.random), of: job, &turn)
    }

    /// Takes note that the head became stale or fresh. With a stale head no vote is cast and no share leaves.
    mutating func headAged(_ node: NodeSituation) {
        state.answering?.run.allowShares(node.headClock)
        for start in windows.keys { windows[start]?.machine.isHeadFresh = node.isHeadFresh }
    }

    /// Takes note of a new link to an operator, and repeats over it, byte for byte, the messages that the previous link
    /// may have lost.
    mutating func linkRose(_ peer: EthereumAddress, _ turn: inout NodeTurn<some SecureRandom>) {
        repeatVotes(to: peer, &turn)
        guard let job = state.answering else { return }
        perform(job.run.machine.linked(to: peer), of: job, &turn)
    }

    /// Takes note that the link to an operator fell.
    mutating func linkFell(_ peer: EthereumAddress) {
        for start in windows.keys { windows[start]?.machine.linkFell(peer) }
    }

    /// Takes another operator's proposal or verdict, authentic and of a window of the schedule.
    mutating func received(
        _ envelope: Envelope, raw: Bytes, from signer: EthereumAddress, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let start = envelope.coordinationBlock
        guard let wanted = windows[start]?.machine.received(envelope, raw: raw, from: signer) else {
            let isEarly = turn.node.chain.head.map { start > $0.number } ?? true
            turn.effects.append(
                .unheard(Drop(signer, kind: envelope.kind, reason: isEarly ? MessageDrop.early : .stale)))
            return
        }
        push(wanted, start)
        settle(&turn)
    }

    /// Whether another process cast a vote under our own key: we hold its window, and did not cast it
    /// (durability-and-events.md ST11).
    func isForeign(_ envelope: Envelope) -> Bool {
        guard envelope.kind == .proposal || envelope.kind == .verdict,
            let window = windows[envelope.coordinationBlock]
        else { return false }
        return !window.own.says(envelope)
    }

    /// Halts the wallet until its operator acts; other wallets are not affected (DI10).
    mutating func halt(_ cause: HaltReason, _ turn: inout NodeTurn<some SecureRandom>) {
        guard state.halted == nil else { return }
        let reason = cause.id
        turn.effects.append(.record(.halted(wallet, reason: reason)))
        stop(reason, &turn)
    }

    /// Ends the work in progress, and begins nothing any more.
    mutating func stop(_ reason: RuleID, _ turn: inout NodeTurn<some SecureRandom>) {
        guard state.halted == nil else { return }
        end(.error(reason), &turn)
        state = .halted(reason)
        if let postponed { turn.effects.append(.record(.ended(key(postponed), .error(reason)))) }
        postponed = nil
        // At once, not with the next block: an accept that arrives in between would hand an action over.
        for start in windows.keys {
            guard windows[start]?.machine.outcome == nil else { continue }
            _ = windows[start]?.machine.abandon(.error(reason))
            turn.effects.append(.record(.ended(key(start), .error(reason))))
        }
    }

    // MARK: - Steps

    /// Queues a window's effects ahead of all waiting work.
    mutating func push(_ wanted: [WindowMachine.Effect], _ start: BlockNumber) {
        for effect in wanted.reversed() { work.append(.window(effect, start: start)) }
    }

    /// Runs the queued steps of an input until none is left.
    mutating func settle(_ turn: inout NodeTurn<some SecureRandom>) {
        while let next = work.popLast() {
            switch next {
            case .window(let effect, let start): perform(effect, window: start, &turn)
            case .run(let purpose): run(purpose, &turn)
            }
        }
    }
}

/// A box for a wallet's machine, in which it can be changed in place.
final class WalletSlot {
    var machine: WalletMachine

    init(_ machine: consuming WalletMachine) { self.machine = machine }
}

/// A signing message that arrived before its job began here.
struct HeldMessage {
    /// The number of blocks for which it is held.
    static let patience: UInt64 = 2
    /// The most messages held for one sender in one wallet.
    static let perSender = 64

    let start: BlockNumber
    let kind: MessageKind
    let payload: Bytes
    let signer: EthereumAddress
    let arrival: BlockNumber
}
