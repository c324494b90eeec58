import Coordination

/// What was put on one link and is not known to have arrived.
///
/// Frames of a link arrive in order, so the answer to a ping says that all before it did: the ping's stamp is the number of
/// the last frame before it.
struct Receipts: Sendable {
    /// A frame under way.
    struct Sent: Hashable, Sendable {
        let number: UInt64
        let frameClass: FrameClass
        /// The sender's own name for what it wants to hear of.
        let receipt: UInt64?
    }

    private var sent: [Sent] = []
    private var last: UInt64 = 0
    private var asked: UInt64 = 0

    /// A frame was put on the link.
    mutating func put(_ frameClass: FrameClass, _ receipt: UInt64?) {
        last += 1
        sent.append(Sent(number: last, frameClass: frameClass, receipt: receipt))
    }

    /// The stamp of a ping that asks whether all has arrived; nil where that is known, or asked since the last frame.
    mutating func ask() -> UInt64? {
        guard !sent.isEmpty, asked < last else { return nil }
        asked = last
        return last
    }

    /// Whether a ping is under way that asks for frames which are not known to have arrived.
    var isAsked: Bool { sent.first.map { $0.number <= asked } ?? false }

    /// The stamp of a ping that keeps the link alive.
    var stamp: UInt64 { last }

    /// What is under way, first first.
    var unanswered: [Sent] { sent }

    /// A ping was answered: what has arrived by that, first first.
    mutating func answered(_ stamp: UInt64) -> [Sent] {
        let arrived = sent.prefix { $0.number <= stamp }
        sent.removeFirst(arrived.count)
        return Array(arrived)
    }
}
