/// Limits the requests to a source to a number a second; a burst of one second's requests passes at once
/// (durability-and-events.md HC10).
package struct RequestPace: Hashable, Sendable {
    private let interval: Duration
    private let burst: Duration
    /// The time at which the source will have handled all requests so far, at the allowed pace.
    private var busyUntil: Duration = .zero

    /// Sets the number of requests a second, at least 1.
    package init(perSecond: Int) {
        precondition(perSecond > 0, "a pace of no requests would wait for ever")
        interval = .seconds(1) / perSecond
        burst = .seconds(1)
    }

    /// Books a request at a moment, counted from any fixed start, and returns the wait before sending it.
    package mutating func book(at now: Duration) -> Duration {
        busyUntil = max(busyUntil, now) + interval
        return max(.zero, busyUntil - now - burst)
    }
}
