package import Primitives

/// Something that went no further: a frame or message that was dropped or had to wait, or a link that was refused.
package struct Drop: Hashable, Sendable {
    /// Who sent it, or to whom it was to go; nil where nobody is known.
    package let peer: EthereumAddress?
    /// The class of its frame; nil where it had none, or none that can be read.
    package let frameClass: FrameClass?
    /// What the message was; nil where that cannot be told.
    package let kind: MessageKind?
    /// The stable id of the reason (docs/reasons.md).
    package let reason: String

    /// Describes what was dropped; of a message of a known kind the class is its kind's. A `scope` stands before the reason's
    /// id where things of several scopes have the same reason.
    package init(
        _ peer: EthereumAddress?, frameClass: FrameClass? = nil, kind: MessageKind? = nil, scope: String = "",
        reason: some Reason
    ) {
        self.peer = peer
        self.frameClass = frameClass ?? kind?.frameClass
        self.kind = kind
        self.reason = scope + reason.rawValue
    }
}

/// How often what was dropped since the start (durability-and-events.md NE6). Peers, kinds and reasons are few, so it
/// stays small whatever arrives.
package struct DropCounts: Hashable, Sendable {
    /// Each drop, and how often it was counted.
    package private(set) var all: [Drop: UInt64] = [:]

    /// Nothing was dropped yet.
    package init() {}

    /// Counts a drop.
    package mutating func count(_ drop: Drop) { all[drop, default: 0] += 1 }

    /// How many drops have this reason.
    package subscript(reason: String) -> UInt64 { all.reduce(0) { $1.key.reason == reason ? $0 + $1.value : $0 } }

    /// What was counted here since an earlier state of the same counts.
    package func since(_ earlier: DropCounts) -> DropCounts {
        var news = DropCounts()
        news.all = all.filter { $0.value > earlier.all[$0.key, default: 0] }
        for drop in news.all.keys { news.all[drop, default: 0] -= earlier.all[drop, default: 0] }
        return news
    }

    /// Without what a healthy network drops all the time: repeats, and our own messages that come back.
    package var notable: DropCounts {
        var notable = DropCounts()
        let weather: Set = [MessageDrop.duplicate.rawValue, MessageDrop.own.rawValue]
        notable.all = all.filter { !weather.contains($0.key.reason) }
        return notable
    }

    /// The most frequent drops for people, each with what it was, of whom, and how often.
    package func summary(most: Int = 8) -> String {
        let lines = all.map { drop, count in
            let what = drop.kind?.name ?? drop.frameClass.map { "\($0)" }
            let words = [drop.reason, what, drop.peer.map { "of \($0)" }, "× \(count)"]
            return (count, words.compactMap { $0 }.joined(separator: " "))
        }
        let sorted = lines.sorted { ($1.0, $0.1) < ($0.0, $1.1) }
        let rest = sorted.dropFirst(most).reduce(0) { $0 + $1.0 }
        return (sorted.prefix(most).map(\.1) + (rest > 0 ? ["others × \(rest)"] : [])).joined(separator: ", ")
    }
}
