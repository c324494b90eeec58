import Primitives
import Testing

/// Waits before a call is repeated.
@Suite struct BackoffTests {
    @Test("Waits double, up to the longest, a fifth more or less")
    func backoff() {
        var backoff = Backoff(first: .seconds(1), longest: .seconds(5))
        let waits = [0.5, 0.5, 0.5, 0.5, 0, 1].map { backoff.next(jitter: $0) }
        let expected: [Double] = [1, 2, 4, 5, 4, 6]
        for (wait, seconds) in zip(waits, expected) { #expect(abs(wait / .seconds(1) - seconds) < 1e-9) }
        backoff.reset()
        let again = backoff.next(jitter: 0.5)
        #expect(abs(again / .seconds(1) - 1) < 1e-9)
    }
}
