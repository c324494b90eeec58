import ChainFollowing
import Testing

/// How many blocks one question for old logs covers.
@Suite struct RangeSizeTests {
    @Test("The size of ranges halves on a refusal and doubles after eight successes")
    func rangeSize() {
        var size = RangeSize(start: 2000, maximum: 3000)
        for _ in 0..<7 { size.succeeded() }
        #expect(size.blocks == 2000)
        size.succeeded()
        #expect(size.blocks == 3000)
        size.refused()
        #expect(size.blocks == 1500)
        for _ in 0..<7 { size.succeeded() }
        size.refused()
        for _ in 0..<7 { size.succeeded() }
        #expect(size.blocks == 750, "a refusal starts the count again")
        for _ in 0..<20 { size.refused() }
        #expect(size.blocks == 1)
    }
}
