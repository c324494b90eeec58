/// How long to wait after failures in a row: doubled each time, up to a limit.
package struct Backoff: Hashable, Sendable {
    private let first: Duration
    private let limit: Duration

    /// Sets the wait after the first failure and the longest one.
    package init(first: Duration, limit: Duration) {
        self.first = first
        self.limit = limit
    }

    /// The wait after so many failures in a row; none after 0.
    package func delay(after failures: Int) -> Duration {
        guard failures > 0 else { return .zero }
        // 2^20 times the first wait is past every sensible limit, and far from overflow.
        return min(limit, first * (1 << min(failures - 1, 20)))
    }
}
