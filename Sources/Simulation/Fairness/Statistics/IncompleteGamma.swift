#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The regularized incomplete gamma function, as logarithms, accurate to ten digits far into the tail.
package enum IncompleteGamma {
    /// ln Q(a, x), the logarithm of the upper function, for `a > 0` and `x >= 0` (Abramowitz and Stegun, 6.5).
    ///
    /// Below `a + 1` it uses the series of P (6.5.29), which is then well below 1. Above it uses the continued fraction
    /// (6.5.31), evaluated by Lentz's method. Both end after about the square root of `a` terms.
    package static func logUpper(_ a: Double, _ x: Double) -> Double {
        precondition(a > 0 && x >= 0, "the function is asked for where it is not defined")
        guard x > 0 else { return 0 }
        let gamma: Double = lgamma(a)
        let front = a * log(x) - x - gamma
        return x < a + 1 ? log1p(-exp(front) * series(a, x)) : front + log(fraction(a, x))
    }

    private static let precision = 1e-15

    private static func series(_ a: Double, _ x: Double) -> Double {
        var term = 1 / a
        var sum = term
        var denominator = a
        while term > sum * precision {
            denominator += 1
            term *= x / denominator
            sum += term
        }
        return sum
    }

    private static func fraction(_ a: Double, _ x: Double) -> Double {
        var denominator = x + 1 - a
        var upper = Double.greatestFiniteMagnitude
        var lower = 1 / denominator
        var value = lower
        var index = 0.0
        while true {
            index += 1
            let numerator = index * (a - index)
            denominator += 2
            lower = 1 / (numerator * lower + denominator)
            upper = denominator + numerator / upper
            let change = upper * lower
            value *= change
            // The last digits may alternate for ever.
            if abs(change - 1) < precision { return value }
        }
    }
}
