/// A chi-square statistic with its degrees of freedom (Pearson 1900).
package struct ChiSquare: Hashable, Sendable {
    /// The sum of squared deviations, each divided by its expectation.
    package let statistic: Double
    /// The number of degrees of freedom.
    package let degrees: Int
    /// The smallest expected count of a cell. Below ``least`` the chi-square law does not hold well enough.
    package let smallestExpected: Double

    /// The usual least expected count for the law to hold (Cochran 1954).
    package static let least = 5.0

    /// The probability of a statistic at least as large.
    package var p: PValue {
        guard degrees > 0 else { return .certain }
        return PValue(naturalLogarithm: IncompleteGamma.logUpper(Double(degrees) / 2, statistic / 2))
    }

    /// Wraps a statistic.
    package init(statistic: Double, degrees: Int, smallestExpected: Double) {
        self.statistic = statistic
        self.degrees = degrees
        self.smallestExpected = smallestExpected
    }

    /// Tests counts against equal expectations.
    package init(uniform counts: some Collection<UInt32>) {
        let expected = Double(counts.reduce(0) { $0 + UInt64($1) }) / Double(counts.count)
        let statistic = counts.reduce(0.0) { $0 + Self.part($1, expected) }
        self.init(statistic: statistic, degrees: counts.count - 1, smallestExpected: expected)
    }

    /// Tests the number of successes in some trials against a known chance: one degree of freedom.
    package init(successes: UInt64, trials: UInt64, chance: Double) {
        let expected = Double(trials) * chance
        let deviation = Double(successes) - expected
        self.init(
            statistic: deviation * deviation / (expected * (1 - chance)), degrees: 1,
            smallestExpected: min(expected, Double(trials) - expected))
    }

    /// Tests a table, row by row, for independence of row and column, whatever the shares of each.
    ///
    /// This also tests a chain's memory, with successive values as row and column (Bartlett 1951). A row or column
    /// without counts is left out. `smallestExpected` is the count that fairness expects, not the one that the shares
    /// give. Otherwise an operator that never leads would excuse the test.
    package init(independenceOf table: [UInt32], columns: Int, smallestExpected: Double) {
        let rows = table.count / columns
        var rowSums = [Double](repeating: 0, count: rows)
        var columnSums = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                rowSums[row] += Double(table[row * columns + column])
                columnSums[column] += Double(table[row * columns + column])
            }
        }
        let total = rowSums.reduce(0, +)
        var statistic = 0.0
        for row in 0..<rows where rowSums[row] > 0 {
            for column in 0..<columns where columnSums[column] > 0 {
                statistic += Self.part(table[row * columns + column], rowSums[row] * columnSums[column] / total)
            }
        }
        let usedRows = rowSums.count { $0 > 0 }
        let usedColumns = columnSums.count { $0 > 0 }
        self.init(
            statistic: statistic, degrees: max(0, usedRows - 1) * max(0, usedColumns - 1),
            smallestExpected: smallestExpected)
    }

    /// Tests a square table of how often each operator stood at each place against all orders being equally likely.
    ///
    /// Each order adds one count to every row and every column. So the sum over all cells is `n / (n - 1)` times a
    /// chi-square of `(n - 1)²` degrees: the covariance of the counts is `N / (n - 1)` on the free subspace.
    package init(placesOf table: [UInt32], members: Int) {
        let total = table.prefix(members).reduce(0.0) { $0 + Double($1) }
        let expected = total / Double(members)
        let sum = table.reduce(0.0) { $0 + Self.part($1, expected) }
        self.init(
            statistic: sum * Double(members - 1) / Double(members), degrees: (members - 1) * (members - 1),
            smallestExpected: expected)
    }

    private static func part(_ count: UInt32, _ expected: Double) -> Double {
        let deviation = Double(count) - expected
        return deviation * deviation / expected
    }
}
