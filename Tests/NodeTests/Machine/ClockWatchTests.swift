import Node
import Primitives
import Testing

/// What clocks show of a machine that slept, stood still or was copied.
@Suite struct ClockWatchTests {
    private static func reading(
        boot: UInt64 = 100_000, monotonic: UInt64 = 100_000, wall: UInt64 = 1_700_000_000_000, id: Bytes = [1]
    ) -> ClockWatch.Reading {
        ClockWatch.Reading(boot: boot, monotonic: monotonic, wall: wall, bootID: id)
    }

    private static func look(after first: ClockWatch.Reading = reading(), _ second: ClockWatch.Reading)
        -> ClockWatch.Finding?
    {
        var watch = ClockWatch(first)
        return watch.look(second)
    }

    @Test("Ten seconds between two looks are none, more are a pause")
    func pause() {
        #expect(Self.look(Self.reading(boot: 110_000, monotonic: 110_000, wall: 1_700_000_010_000)) == nil)
        #expect(Self.look(Self.reading(boot: 110_001, monotonic: 110_001, wall: 1_700_000_010_001)) == .pause)
    }

    @Test("A sleep that the monotonic clock does not count is noticed")
    func sleep() {
        #expect(Self.look(Self.reading(boot: 700_000, wall: 1_700_000_600_000)) == .pause)
    }

    @Test("A virtual machine that was stopped and whose wall clock was set right is noticed, whichever way it was set")
    func apart() {
        #expect(Self.look(Self.reading(wall: 1_700_000_010_001)) == .clocksApart)
        #expect(Self.look(Self.reading(wall: 1_699_999_989_999)) == .clocksApart)
        #expect(Self.look(Self.reading(wall: 1_700_000_010_000)) == nil)
    }

    @Test("Clocks that move apart little by little are noticed once, when they are ten seconds apart")
    func drift() {
        var watch = ClockWatch(Self.reading())
        var findings: [UInt64] = []
        for second in 1...25 {
            let time = 100_000 + 1_000 * UInt64(second)
            let reading = Self.reading(boot: time, monotonic: time, wall: 1_700_000_000_000 + 2_000 * UInt64(second))
            if watch.look(reading) == .clocksApart { findings.append(UInt64(second)) }
        }
        #expect(findings == [11, 22])
    }

    @Test("A clock that goes back, and another boot, are noticed")
    func back() {
        #expect(Self.look(Self.reading(boot: 99_999)) == .clockBack)
        #expect(Self.look(Self.reading(monotonic: 99_999)) == .clockBack)
        #expect(Self.look(Self.reading(id: [2])) == .otherBoot)
        #expect(Self.look(Self.reading()) == nil)
    }

    @Test("Values at the ends of their range are compared without a trap")
    func ends() {
        let least = Self.reading(boot: 0, monotonic: 0, wall: 0)
        let most = Self.reading(boot: .max, monotonic: .max, wall: .max)
        #expect(Self.look(after: least, most) == .pause)
        #expect(Self.look(after: most, least) == .clockBack)
        #expect(Self.look(after: Self.reading(wall: 0), Self.reading(wall: .max)) == .clocksApart)
        let (early, late) = (Self.reading(monotonic: 0, wall: .max), Self.reading(monotonic: .max, wall: 0))
        #expect(Self.look(after: early, late) == .clocksApart)
    }
}
