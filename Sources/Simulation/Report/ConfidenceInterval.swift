#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The confidence interval of a probability from counts (Wilson 1927): never below 0 or above 1.
package struct ConfidenceInterval: Hashable, Sendable {
    package let lower: Double
    package let upper: Double

    /// From the lower end to the upper.
    package var range: ClosedRange<Double> { lower...upper }

    /// Takes a number of successes and of trials, and the chance, from 0 to 1, that the interval misses.
    ///
    /// For several intervals that must hold together, divide the chance by their number (Bonferroni).
    package init(successes: UInt64, trials: UInt64, miss: Double) {
        guard trials > 0 else {
            (lower, upper) = (0, 1)
            return
        }
        let deviation = Self.deviation(miss: miss)
        let number = Double(trials)
        let share = Double(successes) / number
        let square = deviation * deviation
        let center = (share + square / (2 * number)) / (1 + square / number)
        let inside: Double = share * (1 - share) / number + square / (4 * number * number)
        let half = deviation * inside.squareRoot() / (1 + square / number)
        lower = successes == 0 ? 0 : max(0, center - half)
        upper = successes == trials ? 1 : min(1, center + half)
    }

    /// The number of standard deviations that a normal value exceeds, on both sides together, with this chance. By
    /// bisection.
    static func deviation(miss: Double) -> Double {
        var (low, high) = (0.0, 40.0)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if erfc(middle / 2.0.squareRoot()) > miss { low = middle } else { high = middle }
        }
        return high
    }
}
