package import Ethereum
package import Primitives
package import WalletActions

/// The holes that are known of in the index: requests that the Bridge shows as pending, and whose events the source did
/// not give (durability-and-events.md HC11).
///
/// Each is looked into by itself, after growing waits. Where there are too many the lowest are kept: how far the index is
/// complete hangs on the lowest alone, and one that was left out shows again when the Bridge is asked for it.
package struct IndexHoles: Hashable, Sendable {
    /// One hole.
    package struct Hole: Hashable, Sendable {
        /// The redemption key.
        package let key: UInt256
        /// What the Bridge shows under it.
        package let request: Bridge.RedemptionRequest
        /// The block at which the Bridge showed it last.
        package fileprivate(set) var seen: BlockNumber
        /// The block in which the request was made; nil until it is found. Before, the hole may be anywhere.
        package fileprivate(set) var place: HostBlock?
        fileprivate var due: Duration
        fileprivate var backoff: Backoff

        fileprivate var lowest: BlockNumber { place?.number ?? BlockNumber(0) }
    }

    /// The most holes that are kept.
    package static let most = 16

    private var holes: [UInt256: Hole] = [:]
    private let backoff: Backoff

    /// Starts without holes. The wait before the second look into one is `firstWait`, and no wait is longer than a minute.
    package init(firstWait: Duration) { backoff = Backoff(first: firstWait, longest: .seconds(60)) }

    /// The first block that may lack an event; nil without holes.
    package var lowest: BlockNumber? { holes.values.map(\.lowest).min() }

    /// The hole under a redemption key.
    package subscript(key: UInt256) -> Hole? { holes[key] }

    /// The hole into which to look now: of those whose wait is over, that which waits longest.
    package func due(at now: Duration) -> Hole? {
        holes.values.filter { $0.due <= now }.min { ($0.due, $0.key) < ($1.due, $1.key) }
    }

    /// The Bridge shows a pending request without an event.
    mutating func found(_ request: Bridge.RedemptionRequest, key: UInt256, at block: BlockNumber, now: Duration) {
        if let hole = holes[key], hole.request == request {
            holes[key]?.seen = max(hole.seen, block)
            return
        }
        holes[key] = Hole(key: key, request: request, seen: block, place: nil, due: now, backoff: backoff)
        while holes.count > Self.most, let highest = holes.values.max(by: { ($0.lowest, $0.key) < ($1.lowest, $1.key) })
        {
            holes[highest.key] = nil
        }
    }

    /// Somebody looks into the hole now; the next one waits.
    mutating func tried(_ key: UInt256, now: Duration, jitter: Double) {
        guard var hole = holes[key] else { return }
        hole.due = now + hole.backoff.next(jitter: jitter)
        holes[key] = hole
    }

    /// The request was made in this block.
    mutating func located(_ key: UInt256, in block: HostBlock) { holes[key]?.place = block }

    /// The event is here.
    mutating func filled(_ key: UInt256) { holes[key] = nil }

    /// At this block the Bridge does not show the request: one that showed it no later was wrong, or the request is over.
    mutating func over(_ key: UInt256, at block: BlockNumber) {
        if let hole = holes[key], hole.seen <= block { holes[key] = nil }
    }

    /// The blocks after this number are orphaned, and what they showed with them.
    mutating func cut(to ancestor: BlockNumber) {
        holes = holes.filter { ($1.place?.number ?? $1.seen) <= ancestor }
    }
}
