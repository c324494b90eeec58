#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The exact law of the longest run of failures in a row of independent trials (Feller, volume I, XIII.7).
package struct LongestRunLaw: Hashable, Sendable {
    /// The number of trials.
    package let trials: Int
    /// The chance that a trial succeeds: above 0, below 1.
    package let success: Double

    /// Takes a number of trials and the chance of success of each.
    package init(trials: Int, success: Double) {
        precondition(trials >= 0 && success > 0 && success < 1, "a run needs trials that can go both ways")
        self.trials = trials
        self.success = success
    }

    /// The logarithm of the chance that the longest run has `length` failures or more. Time: linear in the number of
    /// trials.
    ///
    /// A first run that ends at trial `m` follows a success and `m - length - 1` trials without a run. So the chance
    /// grows by `success · failure^length` of the remaining chance at that point. All summands are positive, so the far
    /// tail is exact too.
    package func logAtLeast(_ length: Int) -> Double {
        guard length > 0 else { return 0 }
        guard length <= trials else { return -.infinity }
        let logRun = Double(length) * log1p(-success)
        // Runs this rare do not occur twice: their expected number is the chance.
        let logExpected = logRun + log1p(Double(trials - length) * success)
        guard logExpected > -30 else { return logExpected }
        let step = success * exp(logRun)
        return log(last(length: length, at: exp(logRun)) { before, earlier in before + step * (1 - earlier) })
    }

    /// The logarithm of the chance that the longest run has `length` failures or fewer. Time: linear in the number of
    /// trials.
    package func logAtMost(_ length: Int) -> Double {
        guard length >= 0 else { return -.infinity }
        let longer = length + 1
        guard longer <= trials else { return 0 }
        let logRun = Double(longer) * log1p(-success)
        guard logRun > -600 else { return 0 }
        let step = success * exp(logRun)
        return log(last(length: longer, at: 1 - exp(logRun), before: 1) { before, earlier in before - step * earlier })
    }

    /// About the median longest run: `trials · success · failure^length = ln 2`, rounded.
    package var median: Int {
        max(0, Int((log(log(2) / (Double(trials) * success)) / log1p(-success)).rounded()))
    }

    /// Runs a recurrence over the trials from trial `length` on. Each value is computed from the previous one and the
    /// one `length + 1` earlier.
    private func last(
        length: Int, at first: Double, before start: Double = 0, next: (Double, Double) -> Double
    ) -> Double {
        // A ring of the last `length + 1` values.
        var ring = [Double](repeating: start, count: length + 1)
        var place = length
        ring[place] = first
        var value = first
        for _ in length..<trials {
            place = place == length ? 0 : place + 1
            value = next(value, ring[place])
            ring[place] = value
        }
        return value
    }
}
