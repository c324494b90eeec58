/// Gives the wait before a call is repeated: `first · 2^k`, at most `longest`, plus or minus a fifth
/// (durability-and-events.md PM5).
package struct Backoff: Hashable, Sendable {
    private let first: Duration
    private let longest: Duration
    private var attempt = 0

    /// Starts at `first`.
    package init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        self.first = first
        self.longest = longest
    }

    /// The next wait; `jitter` lies between 0 and 1 and moves it between -20 % and +20 %.
    package mutating func next(jitter: Double) -> Duration {
        let plain = min(longest, first * (1 << min(attempt, 20)))
        attempt += 1
        return plain * (0.8 + 0.4 * min(max(jitter, 0), 1))
    }

    /// Starts over after a success.
    package mutating func reset() { attempt = 0 }
}
