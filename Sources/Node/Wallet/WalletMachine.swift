import Coordination
import Primitives
import ThresholdSigning
import WalletActions

/// One wallet at one operator: its windows, its agreed action with the signers, its records and its faults.
///
/// All state of the wallet is in here and none of another's. It is told what concerns it by ``NodeMachine``, looks at the
/// node through a ``NodeTurn``, and collects there what it wants done. It cannot be copied, since it holds one-time secrets
/// through its signers; what a restart needs is in the ledger.
struct WalletMachine: ~Copyable {
    let configuration: NodeConfiguration
    let signatures: any OperatorSignatures
    let held: HeldWallet
    /// The windows that are not over here, by coordination block.
    var windows = SortedTable<BlockNumber, WindowRun>()
    /// The hashes on which elections and judgements rest: of open windows, and of those with provisional faults.
    var blockHashes = SortedTable<BlockNumber, WindowBlockHashes>()
    /// Main UTXOs found before, by their hash on the host chain; a few, since each spend makes another.
    var knownUTXOs: [Hash32: MainUTXO] = [:]
    /// Requests for redemption that need not be read again on this branch of the host chain.
    var closedRedemptions = ClosedRedemptions()
    /// What is being found out.
    var evaluations: [EvaluationKey.Purpose: Evaluation] = [:]
    /// The agreed action, its signers, or why there is none.
    var state: ActionState
    /// The records that are not done, by id.
    var records: SortedTable<ActionRecord.ID, ActionRecord>
    /// Provisional faults that wait for their blocks to be final.
    var undecided: [Fault]
    /// Leaders that we found idle lately, and who else says so.
    var idle: [Status.IdleLeader: Set<EthereumAddress>] = [:]
    /// Those of them that operators of `t` seats reported; we go on saying so, since others may still count.
    var confirmedIdle: Set<Status.IdleLeader> = []
    /// The highest coordination block whose window was begun or written off.
    var lastWindow: BlockNumber
    /// Signing messages of jobs that have not begun here: the sender may be ahead of us.
    var early: [HeldMessage] = []
    /// The highest attempt that a marker took, by job and instance.
    var markers: [LedgerState.AttemptKey: UInt64]
    /// The sessions to which shares were bound before the process started, by job and instance.
    var bound: [LedgerState.AttemptKey: Set<BoundSession>]
    /// What the ledger holds of windows that are not over, until the first head says what is to be done with it.
    var saved: [BlockNumber: LedgerState.Window]
    /// How often our own signing went wrong; the second time halts the wallet (threshold-signing.md §14).
    var broken = 0
    /// The window whose action was handed over while the process drains: it begins after the restart.
    var postponed: BlockNumber?
    /// What is to be done next of the present input, the last one first.
    var work: [Work] = []

    /// A step that follows from another, in the same input.
    enum Work {
        /// A window wants something.
        case window(WindowMachine.Effect, start: BlockNumber)
        /// The rules of an evaluation are run over what is read so far.
        case run(EvaluationKey.Purpose)
    }

    /// Goes on where the ledger stopped; the first input is the node's head.
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

    /// A window of this wallet.
    func key(_ start: BlockNumber) -> WindowKey { WindowKey(wallet: wallet, coordinationBlock: start) }

    /// The other operators of the wallet, ascending.
    var others: [EthereumAddress] { held.group.operators.filter { $0 != configuration.me } }

    /// Whether no window is open, no action under way, and nothing being read or held.
    var isIdle: Bool {
        windows.count == 0 && state.action == nil && early.isEmpty && evaluations.values.allSatisfy { !$0.isReading }
    }

    // MARK: - Inputs

    /// The node took the next block of the host chain.
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

    /// Blocks are gone, and what was read at them is read again. Elections stand on the hash that seeded them.
    mutating func reorganised() {
        evaluations.removeAll()
        closedRedemptions = ClosedRedemptions()
        for start in windows.keys { windows[start]?.machine.questionsLost() }
    }

    /// What an evaluation asked for was read.
    mutating func answered(
        _ purpose: EvaluationKey.Purpose, _ answers: [(ChainQuery, ChainAnswer)],
        _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard evaluations[purpose]?.answered(answers) != nil else { return }
        work.append(.run(purpose))
        settle(&turn)
    }

    /// The markers of a job's attempts are on disk.
    mutating func committed(_ token: CommitToken, _ turn: inout NodeTurn<some SecureRandom>) {
        guard let job = state.answering, job.run.machine.job.id == token.job else { return }
        perform(job.run.machine.reserved(token.numbers, now: turn.now, random: &turn.random), of: job, &turn)
    }

    /// Time passed without a block: nonces are renewed.
    mutating func timePassed(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let job = state.answering else { return }
        perform(job.run.machine.timePassed(now: turn.now, random: &turn.random), of: job, &turn)
    }

    /// The machine slept, was stopped or may run twice: nonces are drawn anew (N4).
    mutating func resumed(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let job = state.answering else { return }
        perform(job.run.machine.forgetNonces(now: turn.now, random: &turn.random), of: job, &turn)
    }

    /// The head became stale or fresh: with a stale one no vote is cast and no share leaves.
    mutating func headAged(_ node: NodeSituation) {
        state.answering?.run.allowShares(node.headClock)
        for start in windows.keys { windows[start]?.machine.isHeadFresh = node.isHeadFresh }
    }

    /// A link to an operator stands: what the one before may have lost is said again over it, byte for byte.
    mutating func linkRose(_ peer: EthereumAddress, _ turn: inout NodeTurn<some SecureRandom>) {
        repeatVotes(to: peer, &turn)
        guard let job = state.answering else { return }
        perform(job.run.machine.linked(to: peer), of: job, &turn)
    }

    /// The link to an operator fell.
    mutating func linkFell(_ peer: EthereumAddress) {
        for start in windows.keys { windows[start]?.machine.linkFell(peer) }
    }

    /// A proposal or verdict of another operator came, authentic and of a window of the schedule.
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

    /// Whether a vote under our own key was cast by another process: we hold its window, and did not cast it
    /// (durability-and-events.md ST11).
    func isForeign(_ envelope: Envelope) -> Bool {
        guard envelope.kind == .proposal || envelope.kind == .verdict,
            let window = windows[envelope.coordinationBlock]
        else { return false }
        return !window.own.says(envelope)
    }

    /// Stops the wallet until its operator acts; other wallets see no change (DI10).
    mutating func halt(_ cause: HaltReason, _ turn: inout NodeTurn<some SecureRandom>) {
        guard state.halted == nil else { return }
        let reason = cause.id
        turn.effects.append(.record(.halted(wallet, reason: reason)))
        stop(reason, &turn)
    }

    /// Ends what is under way, and begins nothing any more.
    mutating func stop(_ reason: RuleID, _ turn: inout NodeTurn<some SecureRandom>) {
        guard state.halted == nil else { return }
        end(.error(reason), &turn)
        state = .halted(reason)
        if let postponed { turn.effects.append(.record(.ended(key(postponed), .error(reason)))) }
        postponed = nil
        // At once, not with the next block: an accept that comes in between would hand an action over.
        for start in windows.keys {
            guard windows[start]?.machine.outcome == nil else { continue }
            _ = windows[start]?.machine.abandon(.error(reason))
            turn.effects.append(.record(.ended(key(start), .error(reason))))
        }
    }

    // MARK: - Steps

    /// Has what a window wants done before all that waits already.
    mutating func push(_ wanted: [WindowMachine.Effect], _ start: BlockNumber) {
        for effect in wanted.reversed() { work.append(.window(effect, start: start)) }
    }

    /// Does what follows from an input until nothing does.
    mutating func settle(_ turn: inout NodeTurn<some SecureRandom>) {
        while let next = work.popLast() {
            switch next {
            case .window(let effect, let start): perform(effect, window: start, &turn)
            case .run(let purpose): run(purpose, &turn)
            }
        }
    }
}

/// A wallet's machine where it can be changed in place.
final class WalletSlot {
    var machine: WalletMachine

    init(_ machine: consuming WalletMachine) { self.machine = machine }
}

/// A signing message that came before its job began here.
struct HeldMessage {
    /// Blocks for which it is held.
    static let patience: UInt64 = 2
    /// The most messages held of one sender in one wallet.
    static let perSender = 64

    let start: BlockNumber
    let kind: MessageKind
    let payload: Bytes
    let signer: EthereumAddress
    let arrival: BlockNumber
}
