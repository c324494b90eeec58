import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// A line of a bundle with the events and messages that the node produced for it.
struct ReplayTurn: Sendable {
    /// The line's number, counted from 1, as shown to readers.
    let line: Int
    var block: BlockNumber
    var time: UInt64
    var step: JournalStep
    let events: [WindowBundle.Event]
    let sent: [Bytes]

    /// Lays out the lines of a bundle; every event belongs to one of them.
    static func turns(of bundle: WindowBundle) throws(Replay.Failure) -> [ReplayTurn] {
        var turns: [ReplayTurn] = []
        var steps: [JournalStep] = []
        for line in bundle.lines {
            guard let step = try? JournalStep(decoding: line.body) else { throw .line(steps.count + 1) }
            steps.append(step)
        }
        guard let first = bundle.lines.first, steps.first?.isBeginning == true else { throw .line(1) }
        for (place, event) in bundle.events.enumerated() {
            guard event.sequence == first.after &+ UInt64(place) &+ 1 else { throw .event(event.sequence) }
        }
        var events = bundle.events[...]
        for (place, line) in bundle.lines.enumerated() {
            if case .sent = steps[place] { continue }
            let rest = bundle.lines.indices.dropFirst(place + 1)
            let end = rest.first { if case .sent = steps[$0] { false } else { true } } ?? bundle.lines.endIndex
            let next = end < bundle.lines.endIndex ? bundle.lines[end].after : UInt64.max
            let own = events.prefix { $0.sequence <= next }
            guard line.after <= next, own.first.map({ $0.sequence == line.after &+ 1 }) ?? true,
                own.allSatisfy({ $0.block == line.block })
            else { throw .line(place + 1) }
            events = events.dropFirst(own.count)
            let sent = steps[place + 1..<end].compactMap { step in
                if case .sent(let envelope) = step { envelope } else { nil }
            }
            turns.append(
                ReplayTurn(
                    line: place + 1, block: line.block, time: line.time, step: steps[place], events: Array(own),
                    sent: sent))
        }
        return turns
    }
}

extension ReplayTurn {
    /// The treatment of a line in a replay.
    enum Fate: Sendable {
        case played(ReplayTurn)
        /// The line is left out.
        case left(ReplayTurn)
        /// The process starts again before this line of the record.
        case restarted(ReplayTurn)
        /// The process continues where the record has it start.
        case carriedOn(ReplayTurn)

        var turn: ReplayTurn {
            switch self {
            case .played(let turn), .left(let turn), .restarted(let turn), .carriedOn(let turn): turn
            }
        }
    }

    /// The lines in the order that the edits give.
    static func edited(
        _ turns: [ReplayTurn], _ edits: [ReplayEdit], _ bundle: WindowBundle
    ) throws(ReplayEdit.Failure) -> [Fate] {
        let places = Dictionary(uniqueKeysWithValues: turns.enumerated().map { ($1.line, $0) })
        func place(_ line: Int, _ wanted: String, _ fits: (JournalStep) -> Bool) throws(ReplayEdit.Failure) -> Int {
            guard (1...bundle.lines.count).contains(line) else { throw .noLine(line, of: bundle.lines.count) }
            guard let place = places[line], fits(turns[place].step) else { throw .otherLine(line, wanted) }
            return place
        }
        let operators = Set(bundle.wallets.flatMap(\.seats)).subtracting([bundle.me])
        let seats = bundle.wallets.map { ($0.identity.hash, $0.seats) }
        var left: Set<Int> = []
        var restarts: Set<Int> = []
        var carried: Set<Int> = []
        var moved: [(place: Int, time: UInt64)] = []
        var silenced: Set<EthereumAddress> = []
        for edit in edits {
            switch edit {
            case .drop(let line):
                left.formUnion(copies(of: try place(line, "what the node was told", \.isInput), in: turns))
            case .delay(let line, let milliseconds):
                let place = try place(line, "a message, an answer or a link", \.isMovable)
                for copy in copies(of: place, in: turns) {
                    let time = SigningInstant(milliseconds: turns[copy].time).adding(milliseconds: milliseconds)
                    moved.append((copy, time.milliseconds))
                }
            case .silent(let text):
                let silent = try ReplayEdit.address(text, among: operators)
                silenced.insert(silent)
                for place in turns.indices where turns[place].step.comes(from: silent, seats: seats) {
                    left.insert(place)
                }
            case .restart(let line):
                restarts.insert(try place(line, "what the node was told", \.isInput))
            case .carryOn(let line):
                carried.insert(try place(line, "a start of the process after the first", \.isStart))
                guard line > 1 else { throw .otherLine(line, "a start of the process after the first") }
            case .set: break
            }
        }
        var fates: [Fate] = []
        var waiting: [ReplayTurn] = []
        for (place, turn) in turns.enumerated() {
            var turn = turn
            if case .remembered(let memory) = turn.step { turn.step = .remembered(memory.without(silenced)) }
            let isStart = turn.step.isStart && !carried.contains(place)
            // Inputs in flight when a process ends are never given.
            while var next = waiting.first, isStart || next.time < turn.time {
                waiting.removeFirst()
                next.block = fates.last?.turn.block ?? next.block
                fates.append(isStart ? .left(next) : .played(next))
            }
            if restarts.contains(place) { fates.append(.restarted(turn)) }
            if carried.contains(place) {
                fates.append(.carriedOn(turn))
            } else if left.contains(place) {
                fates.append(.left(turn))
            } else if let late = moved.last(where: { $0.place == place }) {
                turn.time = late.time
                waiting.append(turn)
                waiting.sort { ($0.time, $0.line) < ($1.time, $1.line) }
            } else {
                fates.append(.played(turn))
            }
        }
        return fates + waiting.map(Fate.left)
    }

    /// The places of a line and, for a message, of its copies over other links and its repeats.
    private static func copies(of place: Int, in turns: [ReplayTurn]) -> [Int] {
        guard case .told(.received(let envelope, _)) = turns[place].step else { return [place] }
        return turns.indices.filter { other in
            if case .told(.received(envelope, _)) = turns[other].step { true } else { false }
        }
    }
}

extension NodeMemory {
    /// The same memory without links to these operators.
    fileprivate func without(_ peers: Set<EthereumAddress>) -> NodeMemory {
        NodeMemory(
            reorgCount: reorgCount, isDraining: isDraining, bootNonce: bootNonce, ownFloor: ownFloor,
            headClock: headClock,
            connected: connected.filter { !peers.contains($0) },
            wallets: wallets, idle: idle)
    }
}

extension JournalStep {
    /// Whether a machine can begin with the line.
    fileprivate var isBeginning: Bool {
        switch self {
        case .started, .remembered: true
        case .told, .sent: false
        }
    }

    fileprivate var isStart: Bool { if case .started = self { true } else { false } }

    fileprivate var isInput: Bool { if case .told = self { true } else { false } }

    fileprivate var isMovable: Bool {
        guard case .told(let input) = self else { return false }
        return switch input {
        case .received, .answered, .linkChanged: true
        case .head, .reorganised, .committed, .timePassed, .statusDue, .draining, .resumed, .intentRefused,
            .walletAdded, .walletArchived:
            false
        }
    }

    /// Whether an operator delivered or signed the input. Changes of its link count as down.
    fileprivate func comes(
        from peer: EthereumAddress, seats: [(WalletPublicKeyHash, [EthereumAddress])]
    ) -> Bool {
        guard case .told(let input) = self else { return false }
        switch input {
        case .received(_, let link) where link == peer: return true
        case .received(let raw, _):
            guard let envelope = try? Envelope(decoding: raw),
                let held = seats.first(where: { $0.0 == envelope.wallet })?.1
            else { return false }
            let place = Int(envelope.seat.rawValue) - 1
            return held.indices.contains(place) && held[place] == peer
        case .linkChanged(let other, _): return other == peer
        case .head, .reorganised, .answered, .committed, .timePassed, .statusDue, .draining, .resumed,
            .intentRefused, .walletAdded, .walletArchived:
            return false
        }
    }
}
