#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The probability that a fair election deviates at least as much, kept as a logarithm so that far tails stay
/// representable.
package struct PValue: Hashable, Comparable, Sendable {
    /// The p value of a result that is impossible for a fair election.
    package static let impossible = PValue(log10: -.infinity)
    /// The p value of a result without any deviation.
    package static let certain = PValue(log10: 0)

    /// The decimal logarithm: 0 or less, negative infinity for an impossible result.
    package let log10: Double

    /// Wraps a decimal logarithm; a value that rounding put above 0 becomes 0.
    package init(log10: Double) { self.log10 = min(0, log10) }

    /// Takes a natural logarithm.
    package init(naturalLogarithm: Double) { self.init(log10: naturalLogarithm / log(10)) }

    /// The probability itself; 0 below about 1e-323.
    package var value: Double { pow(10, log10) }

    /// The probability that any of `count` tests deviates as much, by Bonferroni's bound: never too small.
    package func amongst(_ count: Int) -> PValue {
        PValue(naturalLogarithm: log10 * log(10) + log(Double(count)))
    }

    package static func < (left: PValue, right: PValue) -> Bool { left.log10 < right.log10 }
}
