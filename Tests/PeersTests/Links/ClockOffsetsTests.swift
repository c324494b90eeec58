import Testing

@testable import Peers

@Suite struct ClockOffsetsTests {
    /// The answer of a member whose clock is ahead, with what the way there and back took.
    private func answer(_ offsets: inout ClockOffsets, ahead: Int64, there: Int64 = 10, back: Int64 = 10) {
        let sent = Int64(1_700_000_000_000)
        let heard = UInt64(sent + there + ahead)
        offsets.answered(sent: UInt64(sent), heard: heard, answered: heard, now: UInt64(sent + there + back))
    }

    @Test("Seven answers say nothing, eight do, ahead and behind", arguments: [Int64(250), -250, 0])
    func few(ahead: Int64) {
        var offsets = ClockOffsets()
        for _ in 0..<7 { answer(&offsets, ahead: ahead) }
        #expect(offsets.milliseconds == nil)
        answer(&offsets, ahead: ahead)
        #expect(offsets.milliseconds == Int(ahead))
    }

    @Test("Answers that waited on one half of the way do not count while an eighth came fast")
    func slow() {
        var offsets = ClockOffsets()
        for number in Int64(0)..<64 {
            // Seven of eight wait up to three seconds at the member before it reads them.
            answer(&offsets, ahead: 5, there: number.isMultiple(of: 8) ? 10 : 1_000 + 40 * number)
        }
        #expect(offsets.milliseconds == 5)
    }

    @Test("A clock that was set is seen once the answers before it are forgotten")
    func set() {
        var offsets = ClockOffsets()
        for _ in 0..<1_000 { answer(&offsets, ahead: 900) }
        for _ in 0..<64 { answer(&offsets, ahead: 3) }
        #expect(offsets.milliseconds == 3)
    }
}
