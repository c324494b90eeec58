import Testing

@testable import Simulation

@Suite struct ConfidenceIntervalTests {
    @Test(
        "The interval is Wilson's, as Newcombe tabulates it (Statistics in Medicine 17, 1998, table I, method 3)",
        arguments: [
            (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718),
        ] as [(UInt64, UInt64, Double, Double)])
    func published(successes: UInt64, trials: UInt64, lower: Double, upper: Double) {
        let interval = ConfidenceInterval(successes: successes, trials: trials, miss: 0.05)
        #expect(abs(interval.lower - lower) < 0.00005)
        #expect(abs(interval.upper - upper) < 0.00005)
    }

    @Test(
        "A chance to miss is that many standard deviations (two-sided normal quantiles, NIST/SEMATECH 1.3.6.7.1)",
        arguments: [(0.10, 1.644854), (0.05, 1.959964), (0.01, 2.575829), (0.002, 3.090232)])
    func deviations(miss: Double, deviations: Double) {
        #expect(abs(ConfidenceInterval.deviation(miss: miss) - deviations) < 0.000001)
    }

    @Test("Nothing counted says nothing; all and none touch the ends; what misses less is wider")
    func ends() {
        #expect(ConfidenceInterval(successes: 0, trials: 0, miss: 0.05).range == 0...1)
        #expect(ConfidenceInterval(successes: 7, trials: 7, miss: 0.05).upper == 1)
        #expect(ConfidenceInterval(successes: 0, trials: 7, miss: 0.05).lower == 0)
        let (narrow, wide) = (
            ConfidenceInterval(successes: 3, trials: 10, miss: 0.05),
            ConfidenceInterval(successes: 3, trials: 10, miss: 0.01)
        )
        #expect(wide.lower < narrow.lower && narrow.upper < wide.upper)
    }
}
