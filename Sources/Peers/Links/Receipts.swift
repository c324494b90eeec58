import Coordination

/// The frames that were put on one link and are not known to have arrived.
///
/// Frames of a link arrive in order, so the answer to a ping confirms all frames before it. The ping's stamp is the
/// number of the last frame before it.
struct Receipts: Sendable {
    /// A frame in flight.
    struct Sent: Hashable, Sendable {
        let number: UInt64
        let frameClass: FrameClass
        /// The sender's own id of a frame whose arrival it wants reported.
        let receipt: UInt64?
    }

    private var sent: [Sent] = []
    private var last: UInt64 = 0
    private var asked: UInt64 = 0

    /// Takes note that a frame was put on the link.
    mutating func put(_ frameClass: FrameClass, _ receipt: UInt64?) {
        last += 1
        sent.append(Sent(number: last, frameClass: frameClass, receipt: receipt))
    }

    /// The stamp of a ping that asks for arrivals; nil where all have arrived, or where a ping followed the last frame.
    mutating func ask() -> UInt64? {
        guard !sent.isEmpty, asked < last else { return nil }
        asked = last
        return last
    }

    /// Whether a ping in flight asks for frames that are not known to have arrived.
    var isAsked: Bool { sent.first.map { $0.number <= asked } ?? false }

    /// The stamp of a ping that keeps the link alive.
    var stamp: UInt64 { last }

    /// The frames in flight, oldest first.
    var unanswered: [Sent] { sent }

    /// Takes the answer to a ping; gives the frames that it confirms, oldest first.
    mutating func answered(_ stamp: UInt64) -> [Sent] {
        let arrived = sent.prefix { $0.number <= stamp }
        sent.removeFirst(arrived.count)
        return Array(arrived)
    }
}
