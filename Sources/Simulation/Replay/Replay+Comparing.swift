import Coordination
import Node
import Primitives

extension Replay.Result {
    /// Keeps the first difference.
    mutating func note(_ found: Replay.Difference) { difference = difference ?? found }

    /// Compares the results of a line with the record. The bundle lacks the beginning of windows before `whole`, so
    /// events about them may lack their cause.
    mutating func note(_ played: ReplayPlayer.Played, at turn: ReplayTurn, whole: BlockNumber) {
        let bodies = played.events.map(\.encoded)
        if turn.events.map(\.body) == bodies, turn.sent == played.sent { return }
        let written = turn.events.filter { $0.body.isAbout(windowsFrom: whole) }
        let events = bodies.filter { $0.isAbout(windowsFrom: whole) }
        let sent = turn.sent.filter { $0.windowOfEnvelope >= whole }
        let envelopes = played.sent.filter { $0.windowOfEnvelope >= whole }
        if written.map(\.body) == events, sent == envelopes {
            inherited += 1
            return
        }
        let place = zip(written, events).prefix { $0.body == $1 }.count
        if place < max(written.count, events.count) {
            let event = place < written.count ? written[place] : nil
            note(
                Replay.Difference(
                    line: turn.line, block: turn.block, sequence: event?.sequence,
                    written: Self.words(event?.body, of: \.eventInWords),
                    played: Self.words(place < events.count ? events[place] : nil, of: \.eventInWords)))
        } else {
            let place = zip(sent, envelopes).prefix { $0 == $1 }.count
            note(
                Replay.Difference(
                    line: turn.line, block: turn.block, sequence: nil,
                    written: Self.words(place < sent.count ? sent[place] : nil, of: \.envelopeInWords),
                    played: Self.words(place < envelopes.count ? envelopes[place] : nil, of: \.envelopeInWords)))
        }
    }

    /// The digest distinguishes two events with the same words.
    private static func words(_ bytes: Bytes?, of words: (Bytes) -> String) -> String {
        bytes.map { "\(words($0)) [\(sha256($0).hex.prefix(8))]" } ?? "nothing"
    }
}

extension Bytes {
    fileprivate var eventInWords: String { (try? LedgerEvent(decoding: self))?.sentence ?? "an event" }

    fileprivate var envelopeInWords: String { "sends a \(EnvelopeHeader(self)?.kind.name ?? "message")" }

    /// Whether the event is about a window from this block on, or about no window.
    fileprivate func isAbout(windowsFrom whole: BlockNumber) -> Bool {
        guard let event = try? LedgerEvent(decoding: self) else { return true }
        switch event {
        case .fault(let fault), .faultDecided(let fault, _): return fault.coordinationBlock >= whole
        default: return event.window.map { $0.coordinationBlock >= whole } ?? true
        }
    }
}
