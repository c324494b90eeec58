package import Ethereum
package import Primitives
package import WalletActions

/// The known holes of the index: requests that the Bridge shows as pending and whose events the source did not return
/// (durability-and-events.md HC11).
///
/// Each hole is looked into separately, after growing waits. If there are too many, the lowest are kept: completeness
/// depends on the lowest hole alone, and a dropped hole is found again when the Bridge is asked for it.
package struct IndexHoles: Hashable, Sendable {
    /// One hole.
    package struct Hole: Hashable, Sendable {
        /// The redemption key.
        package let key: UInt256
        /// The request that the Bridge shows under the key.
        package let request: Bridge.RedemptionRequest
        /// The newest block at which the Bridge showed it.
        package fileprivate(set) var seen: BlockNumber
        /// The block in which the request was made; nil until it is found. Until then, the hole may be at any block.
        package fileprivate(set) var place: HostBlock?
        fileprivate var due: Duration
        fileprivate var backoff: Backoff

        fileprivate var lowest: BlockNumber { place?.number ?? BlockNumber(0) }
    }

    /// The maximum number of holes kept.
    package static let most = 16

    private var holes: [UInt256: Hole] = [:]
    private let backoff: Backoff

    /// Starts without holes. `firstWait` is the wait before the second look into a hole; a wait is at most one minute.
    package init(firstWait: Duration) { backoff = Backoff(first: firstWait, longest: .seconds(60)) }

    /// The first block that may lack an event; nil without holes.
    package var lowest: BlockNumber? { holes.values.map(\.lowest).min() }

    /// The hole under a redemption key.
    package subscript(key: UInt256) -> Hole? { holes[key] }

    /// The hole to look into now: of the holes whose wait is over, the one that has waited longest.
    package func due(at now: Duration) -> Hole? {
        holes.values.filter { $0.due <= now }.min { ($0.due, $0.key) < ($1.due, $1.key) }
    }

    /// Records a pending request that the Bridge shows and that has no event.
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

    /// Records a look into the hole now, and sets the wait before the next one.
    mutating func tried(_ key: UInt256, now: Duration, jitter: Double) {
        guard var hole = holes[key] else { return }
        hole.due = now + hole.backoff.next(jitter: jitter)
        holes[key] = hole
    }

    /// Records the block in which the request was made.
    mutating func located(_ key: UInt256, in block: HostBlock) { holes[key]?.place = block }

    /// Removes a hole whose event is found.
    mutating func filled(_ key: UInt256) { holes[key] = nil }

    /// Removes a hole whose request the Bridge does not show at this block: an answer at this block or before it was
    /// wrong, or the request is over.
    mutating func over(_ key: UInt256, at block: BlockNumber) {
        if let hole = holes[key], hole.seen <= block { holes[key] = nil }
    }

    /// Removes what the orphaned blocks after this number showed.
    mutating func cut(to ancestor: BlockNumber) {
        holes = holes.filter { ($1.place?.number ?? $1.seen) <= ancestor }
    }
}
