#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How likely a fair election shows at least as much deviation, kept as a logarithm so that far tails stay numbers.
package struct PValue: Hashable, Comparable, Sendable {
    /// What cannot happen to a fair election.
    package static let impossible = PValue(log10: -.infinity)
    /// No deviation at all.
    package static let certain = PValue(log10: 0)

    /// The decimal logarithm: 0 or less, negative infinity for what cannot happen.
    package let log10: Double

    /// Wraps a decimal logarithm; what rounding put above 0 is 0.
    package init(log10: Double) { self.log10 = min(0, log10) }

    /// Takes a natural logarithm.
    package init(naturalLogarithm: Double) { self.init(log10: naturalLogarithm / log(10)) }

    /// The probability itself; 0 below about 1e-323.
    package var value: Double { pow(10, log10) }

    /// The probability that any of `count` tests shows as much, by Bonferroni's bound: never too small.
    package func amongst(_ count: Int) -> PValue {
        PValue(naturalLogarithm: log10 * log(10) + log(Double(count)))
    }

    package static func < (left: PValue, right: PValue) -> Bool { left.log10 < right.log10 }
}
