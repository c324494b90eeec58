import Node
import Primitives
import Testing
import ThresholdSigning

/// The age of the head, at 12 s a block.
@Suite struct HeadClockTests {
    /// A clock that heard of the blocks at these seconds, block 1 first.
    private func clock(_ seconds: [Double]) -> HeadClock {
        var clock = HeadClock(blockMilliseconds: 12_000)
        for (number, time) in seconds.enumerated() {
            clock.arrived(BlockNumber(UInt64(number) + 1), at: Self.at(time))
        }
        return clock
    }

    private static func at(_ seconds: Double) -> SigningInstant {
        SigningInstant(milliseconds: UInt64(1_000 * seconds))
    }

    @Test("A head is fresh for three block times after it was heard of")
    func fresh() {
        let clock = clock([0, 12])
        #expect(clock.isInSync)
        #expect(clock.isFresh(at: Self.at(48)))
        #expect(!clock.isFresh(at: Self.at(48.001)))
    }

    @Test("The first head of a process says nothing of its age until another follows at its pace")
    func first() {
        #expect(!clock([]).isFresh(at: Self.at(0)))
        #expect(!clock([0]).isFresh(at: Self.at(0)))
        #expect(!clock([0, 0.1, 0.2]).isFresh(at: Self.at(1)), "what came while it was away comes at once")
        #expect(clock([0, 0.1, 0.2, 9]).isFresh(at: Self.at(9)))
    }

    @Test("After a silence no head is fresh before a block comes at its pace")
    func silence() {
        #expect(clock([0, 12, 48]).isInSync, "two slots were missed")
        #expect(!clock([0, 12, 48.1]).isInSync)
        #expect(!clock([0, 12, 72, 72.1, 72.2]).isInSync)
        #expect(clock([0, 12, 72, 72.1, 84]).isInSync)
    }

    @Test("Four blocks at once are a silence, whatever the clock says")
    func burst() {
        #expect(clock([0, 12, 24, 24, 24]).isInSync)
        #expect(!clock([0, 12, 24, 24, 24, 24]).isInSync, "a clock that does not count sleep")
        #expect(clock([0, 12, 24, 24, 24, 24, 36]).isInSync)
    }

    @Test("A repeated block, and one of a shorter branch, make no head younger")
    func repeated() {
        var clock = clock([0, 12])
        clock.arrived(BlockNumber(2), at: Self.at(40))
        clock.arrived(BlockNumber(1), at: Self.at(44))
        #expect(!clock.isFresh(at: Self.at(49)))
    }

    @Test("After a sleep, or when the clock went back, it begins anew")
    func anew() {
        var asleep = clock([0, 12])
        asleep.slept()
        #expect(!asleep.isFresh(at: Self.at(13)))
        asleep.arrived(BlockNumber(3), at: Self.at(24))
        #expect(!asleep.isInSync)
        var back = clock([0, 12])
        let (first, second) = (back.wentBack(at: Self.at(13)), back.wentBack(at: Self.at(12)))
        #expect(!first && second)
        #expect(!back.isFresh(at: Self.at(12)))
    }
}
