import Testing

@testable import Simulation

@Suite struct DelayCountsTests {
    private func counts(_ tenths: [UInt64]) -> DelayCounts {
        var counts = DelayCounts()
        for tenth in tenths { counts.add(milliseconds: tenth * 100) }
        return counts
    }

    @Test(
        "A percentile is the value of the nearest rank (the worked example of Wikipedia's article Percentile)",
        arguments: [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)] as [(UInt64, UInt64)])
    func nearestRank(part: UInt64, tenths: UInt64) {
        #expect(counts([50, 15, 35, 20, 40]).percentile(part) == tenths)
    }

    @Test("The tail of 1,000 delays: 999 of 1,000 are within the 999th")
    func tail() {
        let counts = counts(Array(1...1_000))
        #expect(counts.percentile(999, of: 1_000) == 999)
        #expect(counts.percentile(1, of: 1_000) == 1)
        #expect(DelayCounts().percentile(50) == nil)
    }

    @Test("Delays are rounded up to tenths, and sums of counts are the counts of all")
    func sums() {
        var all = DelayCounts()
        for delay in [0, 1, 100, 101] as [UInt64] { all.add(milliseconds: delay) }
        #expect(all.tenths == [0: 1, 1: 2, 2: 1])
        all.add(counts([2, 9]))
        #expect(all.tenths == [0: 1, 1: 2, 2: 2, 9: 1])
        #expect(all.count == 6)
    }

    @Test("A histogram counts each delay once, in ranges of equal length that a reader can name")
    func bins() {
        // 150 s in at most 70 ranges: of 5 s each.
        let bins = Histogram.bins(of: counts([0, 49, 50, 99, 1_499]))
        #expect(bins.count == 30)
        #expect(bins.allSatisfy { $0.upper - $0.lower == 5 })
        #expect(bins.prefix(3).map(\.count) == [2, 2, 0])
        #expect(bins.last == Histogram.Bin(lower: 145, upper: 150, count: 1))
        #expect(Histogram.bins(of: counts([3])).last == Histogram.Bin(lower: 0.3, upper: 0.4, count: 1))
        #expect(Histogram.bins(of: DelayCounts()).isEmpty)
    }
}
