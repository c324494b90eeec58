import Coordination
import Node
import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

/// One replay of a bundle: the machine, its ledger, and the state that a what-if needs beyond the record.
final class ReplayPlayer {
    /// The events and messages that the machine produced for a line, in order.
    struct Played {
        var events: [LedgerEvent] = []
        var sent: [Bytes] = []
    }

    private let replay: Replay
    private let missing = MissingSecrets()
    private var isExact: Bool { replay.edits.isEmpty }
    private var machine: NodeMachine?
    private var ledger = LedgerState()
    private var random = NoRandom()
    private var hasher = SHA256Hasher()
    private var links: Set<EthereumAddress> = []
    private var head: HostBlock?
    private var clock: UInt64 = 0
    /// The offset to the recorded clock where the process continued instead of starting.
    private var clockOffset: UInt64 = 0
    /// The memory that the machine must have at the next input.
    private var expected: (memory: NodeMemory, line: ReplayTurn)?
    /// The last answer to each question so far. Answers about the host chain at a named block hold at all times.
    private var answers: [ChainQuery: ChainAnswer] = [:]
    private var unconfirmed: Set<CommitToken> = []
    /// The wallets that a line still ahead adds.
    private var comingWallets: Set<WalletPublicKeyHash> = []
    private var result = Replay.Result()

    init(_ replay: Replay) {
        self.replay = replay
        for event in replay.bundle.before {
            guard let decoded = try? LedgerEvent(decoding: event.body) else { continue }
            ledger.apply(decoded, at: event.block)
        }
        for event in replay.bundle.events {
            guard case .ended(replay.bundle.window, let outcome)? = try? LedgerEvent(decoding: event.body),
                outcome.isFinal
            else { continue }
            result.recorded = outcome
        }
        comingWallets = Self.coming(in: replay.fates[...])
        for case .played(let turn) in replay.fates where !isExact {
            switch turn.step {
            case .told(.answered(_, let read)):
                for case (.host(let query), let answer) in read { answers[.host(query)] = answer }
            case .told(.head(let block)): answers[.host(.block(block.number))] = .host(.block(block))
            default: break
            }
        }
    }

    /// The wallets that are added, before any removal, by these lines. Until then they are not held.
    private static func coming(in fates: ArraySlice<ReplayTurn.Fate>) -> Set<WalletPublicKeyHash> {
        var (coming, going): (Set<WalletPublicKeyHash>, Set<WalletPublicKeyHash>) = ([], [])
        for case .played(let turn) in fates {
            switch turn.step {
            case .told(.walletArchived(let wallet)) where !coming.contains(wallet): going.insert(wallet)
            case .told(.walletAdded(let wallet)) where !going.contains(wallet): coming.insert(wallet)
            default: break
            }
        }
        return coming
    }

    /// The results of the lines so far.
    var ending: Replay.Result {
        var ending = result
        ending.digest = hasher.finalize()
        return ending
    }

    /// Replays a line, given the lines that are still ahead.
    func play(_ fate: ReplayTurn.Fate, ahead: ArraySlice<ReplayTurn.Fate>, _ tell: (Replay.Remark) -> Void) {
        let turn = fate.turn
        var played = Played()
        func remark(_ text: String) {
            tell(Replay.Remark(line: turn.line, block: turn.block, time: turn.time, text: text))
        }
        switch fate {
        case .left: remark("not told: \(turn.step.summary)")
        case .restarted:
            remark("what if: the process starts again here")
            comingWallets = Self.coming(in: ahead)
            start(bootNonce: Self.noNonce, build: replay.bundle.build)
            for peer in links.sorted() {
                let now = SigningInstant(milliseconds: clock)
                _ = machine?.take(.linkChanged(peer, isUp: true), now: now, random: &random)
            }
            if let head { played = tellMachine(.head(head), ahead: ahead, remark) }
        case .carriedOn:
            remark("what if: the process does not stop here")
            clockOffset = clock > turn.time ? clock - turn.time : 0
        case .played:
            clock = turn.time &+ clockOffset
            switch turn.step {
            case .started(let nonce, let build):
                (clock, clockOffset, links, expected) = (turn.time, 0, [], nil)
                comingWallets = Self.coming(in: ahead)
                start(bootNonce: nonce, build: build, cursor: turn.block)
                played.events.append(.booted(bootNonce: nonce, build: build))
            case .remembered(let memory):
                if machine == nil {
                    links = Set(memory.connected)
                    start(bootNonce: memory.bootNonce, build: replay.bundle.build)
                    machine?.remember(memory)
                } else {
                    expected = (memory, turn)
                }
            case .told(let input):
                compareMemory(before: input, at: turn)
                played = tellMachine(input, ahead: ahead, remark)
            case .sent: break
            }
            // The operator's actions while the process was stopped are taken from the record.
            played.events += turn.events.compactMap { try? LedgerEvent(decoding: $0.body) }.filter(\.isOperators)
        }
        for event in played.events { write(event, at: turn.block, remark) }
        for envelope in played.sent {
            var bytes = Bytes()
            bytes.append(counted: envelope)
            hasher.update(bytes)
            result.envelopes += 1
            remark("sends a \(EnvelopeHeader(envelope)?.kind.name ?? "message")")
        }
        for what in missing.take() { remark("\(ReplayNote.unsigned): a \(what); a stand-in takes its place") }
        if case .restarted = fate { return }
        result.note(played, at: turn, whole: replay.whole)
    }

    // MARK: - The process

    // Appears only in a status, which no ledger and no journal holds.
    private static let noNonce = Bytes(repeating: 0, count: 16)

    private func start(bootNonce: Bytes, build: String, cursor: BlockNumber = BlockNumber(0)) {
        let bundle = replay.bundle
        let configuration = NodeConfiguration(
            me: bundle.me, chainID: bundle.chainID, profiles: replay.profiles,
            wallets: replay.wallets.filter { !comingWallets.contains($0.group.wallet) },
            finalDepth: bundle.finalDepth, blockMilliseconds: bundle.blockMilliseconds, bootNonce: bootNonce,
            build: build,
            arithmetic: PlayedArithmetic(replay.recorded, missing: missing, isExact: isExact),
            domain: Domain(chainID: bundle.chainID, profile: bundle.profile))
        unconfirmed = []
        machine = NodeMachine(
            configuration: configuration,
            signatures: PlayedSignatures(recorded: replay.recorded, missing: missing), ledger: ledger,
            cursor: cursor)
    }

    private func write(_ event: LedgerEvent, at block: BlockNumber, _ remark: (String) -> Void) {
        ledger.apply(event, at: block)
        var bytes = Bytes()
        bytes.append(bigEndian: block.rawValue)
        bytes.append(counted: event.encoded)
        hasher.update(bytes)
        result.events += 1
        if case .ended(replay.bundle.window, let outcome) = event, outcome.isFinal { result.outcome = outcome }
        let wallet = replay.bundle.wallets.count > 1 ? event.window?.wallet : nil
        remark((wallet.map { "\($0.hex.prefix(8)) " } ?? "") + event.sentence)
    }

    /// Gives an input to the machine. In a what-if it also gives all inputs that follow from it and are not ahead in
    /// the record.
    private func tellMachine(
        _ input: NodeInput, ahead: ArraySlice<ReplayTurn.Fate>, _ remark: (String) -> Void
    ) -> Played {
        var played = Played()
        if !isExact, case .committed(let token) = input, unconfirmed.remove(token) == nil {
            remark("not told: nobody waits for \(token.numbers)")
            return played
        }
        var inputs = [input][...]
        while let next = inputs.popFirst() {
            result.inputs += 1
            switch next {
            case .linkChanged(let peer, let isUp):
                if isUp { links.insert(peer) } else { links.remove(peer) }
            case .head(let block):
                head = block
                if !isExact { answers[.host(.block(block.number))] = .host(.block(block)) }
            case .reorganised(let ancestor, _): head = ancestor
            case .walletAdded(let wallet):
                if let held = replay.wallets.first(where: { $0.group.wallet == wallet }) {
                    machine?.bring(held, ledger: ledger)
                }
            case .answered(_, let read) where !isExact:
                for (query, answer) in read { answers[query] = answer }
            default: break
            }
            let now = SigningInstant(milliseconds: clock)
            for effect in machine?.take(next, now: now, random: &random) ?? [] {
                switch effect {
                case .record(let event): played.events.append(event)
                case .send(let message): played.sent.append(message.envelope)
                case .read(let key, let queries) where !isExact:
                    if let answer = answer(key, queries, ahead, remark) { inputs.append(answer) }
                case .confirm(let token) where !isExact:
                    let comes = ahead.contains { fate in
                        if case .played(let turn) = fate, case .told(.committed(token)) = turn.step {
                            true
                        } else {
                            false
                        }
                    }
                    unconfirmed.insert(token)
                    if !comes {
                        unconfirmed.remove(token)
                        inputs.append(.committed(token))
                    }
                case .echo, .read, .confirm, .publish, .dropped, .unheard: break
                }
            }
        }
        return played
    }

    /// The chains' answer to a question of a what-if: none yet, where the record answers it later; otherwise their
    /// earlier answer to the same question.
    private func answer(
        _ key: EvaluationKey, _ queries: [ChainQuery], _ ahead: ArraySlice<ReplayTurn.Fate>,
        _ remark: (String) -> Void
    ) -> NodeInput? {
        let comes = ahead.contains { fate in
            guard case .played(let turn) = fate, case .told(.answered(key, let read)) = turn.step else { return false }
            let asked = Set(read.map(\.0))
            return queries.allSatisfy(asked.contains)
        }
        if comes { return nil }
        let known = queries.compactMap { query in answers[query].map { (query, $0) } }
        if known.count == queries.count { return .answered(key, known) }
        let count = queries.count - known.count
        remark(
            "\(ReplayNote.unanswered): \(key.purpose.summary): \(count) of \(queries.count) questions that the node never asked"
        )
        return nil
    }

    private func compareMemory(before input: NodeInput, at turn: ReplayTurn) {
        defer { expected = nil }
        guard isExact, let (written, place) = expected else { return }
        let memory = machine?.memory(before: input)
        guard memory != written else { return }
        result.note(
            Replay.Difference(
                line: place.line, block: place.block, sequence: nil, written: JournalStep.remembered(written).summary,
                played: memory.map { JournalStep.remembered($0).summary } ?? "nothing is at rest to be remembered"))
    }
}

extension LedgerEvent {
    /// Whether the operator wrote the event, and not the machine.
    fileprivate var isOperators: Bool { if case .haltEnded = self { true } else { false } }
}

/// A replay draws nothing: nonces are taken from the record.
private struct NoRandom: SecureRandom {
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) { for index in buffer.indices { buffer[index] = 0 } }
}
