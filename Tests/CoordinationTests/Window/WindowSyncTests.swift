import Coordination
import Primitives
import Testing

/// What a window says of itself and of others where we were behind, away, or without a view of the chain.
@Suite struct WindowSyncTests {
    @Test("A window whose seed could never be read ends once, as not synced, and charges nobody")
    func noSeed() throws {
        var bench = try WindowBench(place: 3)
        for block in 23...41 { bench.block(UInt64(block)) }
        #expect(bench.machine.outcome == .notSynced)
        #expect(bench.faults.isEmpty)
        #expect(bench.block(42).isEmpty, "nothing is asked for a window that is over")
    }
}
