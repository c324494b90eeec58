package import Primitives

/// A frame or message that was dropped or delayed, or a link that was refused.
package struct Drop: Hashable, Sendable {
    /// The sender or intended receiver; nil if unknown.
    package let peer: EthereumAddress?
    /// The class of the frame; nil if there is no frame or its class cannot be read.
    package let frameClass: FrameClass?
    /// The kind of the message; nil if it cannot be read.
    package let kind: MessageKind?
    /// The stable id of the reason (docs/reasons.md).
    package let reason: String

    /// Describes a drop. For a message of a known kind, the class is the kind's. A `scope` is put before the reason's
    /// id if several scopes share the reason.
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

/// The number of drops since the start, by drop (durability-and-events.md NE6). There are few peers, kinds and reasons,
/// so the table stays small whatever arrives.
package struct DropCounts: Hashable, Sendable {
    /// The count of each drop.
    package private(set) var all: [Drop: UInt64] = [:]

    /// Starts with zero counts.
    package init() {}

    /// Counts a drop.
    package mutating func count(_ drop: Drop) { all[drop, default: 0] += 1 }

    /// The number of drops with this reason.
    package subscript(reason: String) -> UInt64 { all.reduce(0) { $1.key.reason == reason ? $0 + $1.value : $0 } }

    /// The drops counted since an earlier state of the same counts.
    package func since(_ earlier: DropCounts) -> DropCounts {
        var news = DropCounts()
        news.all = all.filter { $0.value > earlier.all[$0.key, default: 0] }
        for drop in news.all.keys { news.all[drop, default: 0] -= earlier.all[drop, default: 0] }
        return news
    }

    /// The counts without the drops that are usual in a healthy network: repeats, and our own messages that come back.
    package var notable: DropCounts {
        var notable = DropCounts()
        let weather: Set = [MessageDrop.duplicate.rawValue, MessageDrop.own.rawValue]
        notable.all = all.filter { !weather.contains($0.key.reason) }
        return notable
    }

    /// The most frequent drops as text: each with its reason, kind or class, peer and count.
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
