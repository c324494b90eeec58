import Testing

@testable import Simulation

@Suite("Fairness statistics")
struct StatisticsTests {
    // mpmath 1.4.1 at 60 digits: log10(gammainc(df / 2, x / 2, inf, regularized=True)); where it does not underflow,
    // scipy 1.17.1's chi2.logsf agrees to 11 digits.
    private static let tails: [(Int, Double, Double)] = [
        (1, 3.841458820694124, -1.301029995663981),
        (1, 0.001, -0.01109656248261688),
        (1, 1400, -305.6775709469697),
        (2, 10, -2.171472409516259),
        (6, 3.5, -0.1284447544941899),
        (9, 60, -8.872675501486355),
        (9, 2000, -424.8586049867001),
        (50, 49, -0.2894637101147648),
        (98, 120, -1.186993002947334),
        (99, 700, -90.48911663101949),
        (99, 60, -0.0002954219842266669),
        (2500, 2600, -1.096999724430774),
        (9801, 9801, -0.3026831359952534),
        (9801, 10900, -13.75827705018442),
        (10099, 9500, -3.769893823757042e-6),
        (15, 0.5, -7.576875708304497e-10),
        (16383, 19000, -42.62956475063115),
    ]

    @Test("The tail of chi-square is right to nine digits, as far as p = 1e-424", arguments: tails)
    func tail(degrees: Int, statistic: Double, log10: Double) {
        let p = ChiSquare(statistic: statistic, degrees: degrees, smallestExpected: 5).p
        #expect(abs(p.log10 - log10) <= 1e-9 * max(abs(log10), 1e-3))
    }

    @Test("No deviation is certain, and no degree of freedom leaves none")
    func certain() {
        #expect(ChiSquare(statistic: 0, degrees: 7, smallestExpected: 5).p == .certain)
        #expect(ChiSquare(statistic: 0, degrees: 0, smallestExpected: 5).p == .certain)
        #expect(ChiSquare(uniform: [40, 40, 40] as [UInt32]).statistic == 0)
    }

    @Test("Counts against equal shares give the figures of scipy.stats.chisquare")
    func uniform() {
        let square = ChiSquare(uniform: [16, 18, 16, 14, 12, 12] as [UInt32])
        #expect(abs(square.statistic - 2) < 1e-12)
        #expect(square.degrees == 5)
        #expect(abs(square.p.value - 0.84914503608460956) < 1e-12)
        #expect(abs(square.smallestExpected - 88.0 / 6) < 1e-12)
    }

    @Test("A table against independence gives the figures of scipy.stats.chi2_contingency, empty lines left out")
    func independence() {
        // chi2_contingency([[10, 10, 20], [20, 20, 20]]): 2.7777777777777777, p 0.24935220877729622, 2 degrees.
        let plain = ChiSquare(independenceOf: [10, 10, 20, 20, 20, 20], columns: 3, smallestExpected: 10)
        let gaps = ChiSquare(
            independenceOf: [10, 0, 10, 20, 0, 0, 0, 0, 20, 0, 20, 20], columns: 4, smallestExpected: 10)
        for square in [plain, gaps] {
            #expect(abs(square.statistic - 2.7777777777777777) < 1e-12)
            #expect(square.degrees == 2)
            #expect(abs(square.p.value - 0.24935220877729622) < 1e-12)
        }
    }

    @Test("A known chance gives the squared deviation in standard deviations")
    func binomial() {
        // 100 of 400 at 1/5: (100 - 80) / 8 standard deviations.
        let square = ChiSquare(successes: 100, trials: 400, chance: 0.2)
        #expect(abs(square.statistic - 6.25) < 1e-12)
        #expect(square.degrees == 1)
    }

    @Test("One order alone gives the table of places its mean, (n - 1)²; all orders once give 0", arguments: [2, 3, 5])
    func places(members: Int) {
        var one = [UInt32](repeating: 0, count: members * members)
        for place in 0..<members { one[place * members + (place + 1) % members] = 1 }
        let square = ChiSquare(placesOf: one, members: members)
        #expect(abs(square.statistic - Double((members - 1) * (members - 1))) < 1e-9)
        #expect(square.degrees == (members - 1) * (members - 1))
        let all = [UInt32](repeating: 24, count: members * members)
        #expect(ChiSquare(placesOf: all, members: members).statistic == 0)
    }

    // mpmath at 40 digits, another way: the Markov chain of the present run's length, step by step.
    // trials, success, length, ln P(longest >= length), ln P(longest <= length - 1)
    private static let runs: [(Int, Double, Int, Double, Double)] = [
        (10, 0.5, 3, -0.6776429940239801, -0.7088955375280845),
        (200, 0.5, 5, -0.03469146917180736, -3.378557056784504),
        (1000, 1.0 / 3, 20, -2.364230993932123, -0.0987397875020512),
        (1000, 1.0 / 7, 90, -8.99841406659413, -0.0001236133189104087),
        (1000, 1.0 / 51, 400, -5.374696077361655, -0.004643088862078088),
        (1000, 0.1, 15, -3.552836740083089e-16, -35.57361512179968),
        (300, 0.5, 40, -22.85068989923924, -1.191438059342785e-10),
        (300, 0.5, 3, -1.38601286506584e-11, -25.00200484006251),
    ]

    @Test("The longest run follows its exact law, on both sides", arguments: runs)
    func run(trials: Int, success: Double, length: Int, atLeast: Double, below: Double) {
        let law = LongestRunLaw(trials: trials, success: success)
        #expect(abs(law.logAtLeast(length) - atLeast) <= 1e-9 * max(abs(atLeast), 1e-4))
        #expect(abs(law.logAtMost(length - 1) - below) <= 1e-9 * max(abs(below), 1e-4))
    }

    @Test("All outcomes of few trials, counted one by one, follow the law of the longest run")
    func enumeration() {
        let trials = 12
        var longest = [Int](repeating: 0, count: trials + 1)
        for outcome in 0..<1 << trials {
            let runs = (0..<trials).map { outcome >> $0 & 1 }.split(separator: 1).map(\.count)
            longest[runs.max() ?? 0] += 1
        }
        let law = LongestRunLaw(trials: trials, success: 0.5)
        for length in 0...trials {
            let share = Double(longest[length...].reduce(0, +)) / Double(1 << trials)
            #expect(abs(PValue(naturalLogarithm: law.logAtLeast(length)).value - share) < 1e-12)
            let rest = Double(longest[...length].reduce(0, +)) / Double(1 << trials)
            #expect(abs(PValue(naturalLogarithm: law.logAtMost(length)).value - rest) < 1e-12)
        }
        #expect(law.logAtLeast(trials + 1) == -.infinity)
        #expect(law.logAtMost(-1) == -.infinity)
    }

    @Test("A far tail of the longest run joins what is computed step by step")
    func joint() {
        // Below e^-30 the first order is taken. Its neighbour, one failure shorter, is computed step by step.
        let law = LongestRunLaw(trials: 100_000, success: 0.5)
        let (near, far) = (law.logAtLeast(58), law.logAtLeast(60))
        #expect(near > -30 && far < -30)
        #expect(abs(near - far - 2 * 0.6931471805599453) < 1e-4)
    }

    @Test("One of many tests counts for as many, and never for more than certain")
    func amongst() {
        #expect(abs(PValue(log10: -12).amongst(1000).log10 - -9) < 1e-12)
        #expect(PValue(log10: -1).amongst(100) == .certain)
        #expect(PValue.impossible.amongst(100) == .impossible)
        #expect(PValue.impossible.value == 0)
    }
}
