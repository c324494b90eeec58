import Coordination
import Primitives
import Testing

/// Messages that come before their window (coordination.md §6, filter 4).
@Suite struct WindowEarlyTests {
    @Test("A message for a window that opens within 2 blocks is kept until it opens, one for a later window is early")
    func twoBlocks() throws {
        for (head, isKept) in [(UInt64(21), false), (22, true), (23, true)] {
            var bench = try WindowBench(place: 3)
            bench.machine = WindowMachine(
                window: bench.window, profile: WindowBench.profile, domain: bench.domain, group: bench.group,
                me: bench.machine.me, head: BlockNumber(head))
            let effects = bench.propose(WindowBench.redemption, from: bench.at(0))
            #expect(effects == (isKept ? [] : [.dropped(.early, from: bench.at(0))]), "at block \(head)")
            bench.block(23)
            bench.note(bench.machine.seedRead(WindowBench.seedHash))
            bench.block(24)
            let validated = bench.effects.contains(
                .validate(bench.digest(WindowBench.redemption), WindowBench.redemption))
            #expect(validated == isKept, "at block \(head)")
        }
    }

    @Test("Echoes of one early message take one place, so that a second proposal is still known as such")
    func echoes() throws {
        var bench = try WindowBench(place: 3)
        for _ in 0..<20 { bench.propose(WindowBench.redemption, from: bench.at(0)) }
        bench.propose(WindowBench.heartbeat, from: bench.at(0))
        bench.open()
        #expect(bench.faults.map(\.kind) == [.leaderEquivocation])
    }
}
