/// Spreads requests so that a source gets at most so many a second; bursts of one second's worth pass at once
/// (durability-and-events.md HC10).
package struct RequestPace: Hashable, Sendable {
    private let interval: Duration
    private let burst: Duration
    /// When the source will have got rid of all requests so far, at the pace allowed.
    private var busyUntil: Duration = .zero

    /// Sets the number of requests a second, at least 1.
    package init(perSecond: Int) {
        precondition(perSecond > 0, "a pace of no requests would wait for ever")
        interval = .seconds(1) / perSecond
        burst = .seconds(1)
    }

    /// Books a request at a moment, counted from any fixed start, and says how long to wait before sending it.
    package mutating func book(at now: Duration) -> Duration {
        busyUntil = max(busyUntil, now) + interval
        return max(.zero, busyUntil - now - burst)
    }
}
