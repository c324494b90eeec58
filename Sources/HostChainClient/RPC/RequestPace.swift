/// Spreads calls so that a source gets at most so many a second; bursts of one second's worth pass at once
/// (durability-and-events.md HC10).
package struct RequestPace: Hashable, Sendable {
    private let interval: Duration
    private let burst: Duration
    /// When the source will have got rid of all calls so far, at the pace allowed.
    private var busyUntil: Duration = .zero

    /// Sets the number of calls a second, at least 1.
    package init(perSecond: Int) {
        precondition(perSecond > 0, "a pace of no calls would wait for ever")
        interval = .seconds(1) / perSecond
        burst = .seconds(1)
    }

    /// Books so many calls at a moment, counted from any fixed start, and says how long to wait before sending them.
    package mutating func book(_ calls: Int, at now: Duration) -> Duration {
        busyUntil = max(busyUntil, now) + interval * calls
        return max(.zero, busyUntil - now - burst)
    }
}
