import Node
import Primitives
import Synchronization
import TestKit
import Testing

@testable import Daemon

/// Who looks at the clocks, and when.
@Suite struct PauseWatchTests {
    /// A machine whose clocks stand still unless the test moves them.
    private final class Machine: Sendable {
        private struct State {
            var time: UInt64 = 1_000_000
            var id: Bytes = [1]
            var reads = 0
            var identified = 0
        }

        private let state = Mutex(State())
        var reads: Int { state.withLock { $0.reads } }
        /// How often the boot's id was read.
        var identified: Int { state.withLock { $0.identified } }

        func pass(milliseconds: UInt64) { state.withLock { $0.time += milliseconds } }
        func boot() { state.withLock { $0.id = [2] } }

        func read(withBootID: Bool) -> ClockWatch.Reading {
            state.withLock { state in
                state.reads += 1
                if withBootID { state.identified += 1 }
                return ClockWatch.Reading(
                    boot: state.time, monotonic: state.time, wall: state.time, bootID: withBootID ? state.id : [])
            }
        }
    }

    @Test("The boot's id is read once a second at most, however many inputs come, and before the first after a second")
    func identity() {
        let machine = Machine()
        let watch = PauseWatch(clocks: { machine.read(withBootID: $0) })
        for _ in 0..<1_000 { #expect(watch.look().finding == nil) }
        #expect(machine.identified == 1)
        machine.boot()
        machine.pass(milliseconds: 1_000)
        #expect(watch.look().finding == .otherBoot)
        #expect(machine.identified == 2)
        #expect(watch.look().finding == nil)
    }

    @Test("A pause that the watch finds by itself is told at the node's next look, once")
    func waiting() async {
        let machine = Machine()
        let watch = PauseWatch(clocks: { machine.read(withBootID: $0) })
        await withDiscardingTaskGroup { group in
            group.addTask { await watch.run() }
            machine.pass(milliseconds: 10_001)
            let reads = machine.reads
            #expect(await eventually { machine.reads > reads })
            #expect(watch.look().finding == .pause)
            #expect(watch.look().finding == nil)
            group.cancelAll()
        }
    }

    @Test("A pause that nobody has found yet is found by the node's own look")
    func first() {
        let machine = Machine()
        let watch = PauseWatch(clocks: { machine.read(withBootID: $0) })
        machine.pass(milliseconds: 10_001)
        let look = watch.look()
        #expect(look.finding == .pause)
        #expect(look.reading.boot == 1_010_001)
    }

    @Test("What began before a pause is not over soon, also where the pause was told since and took no time")
    func judged() {
        let machine = Machine()
        let watch = PauseWatch(clocks: { machine.read(withBootID: $0) })
        let before = watch.look()
        machine.boot()
        machine.pass(milliseconds: 1_000)
        let found = watch.look()
        #expect(found.finding == .otherBoot)
        #expect(!watch.isSoon(after: before))
        #expect(watch.isSoon(after: found))
        machine.pass(milliseconds: 10_001)
        #expect(!watch.isSoon(after: found))
        #expect(watch.look().finding == .pause, "what was found then waits for the next look")
    }
}
