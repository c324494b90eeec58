import Coordination
import Primitives
import TestKit
import Testing

/// Who says "nothing to do", and who believes it (coordination.md §8).
@Suite struct WindowNoopTests {
    private static let redemption = WindowBench.redemption

    /// A bench that heard a no-op of the leader and found a redemption itself.
    private static func found(place: Int) throws -> WindowBench {
        var bench = try WindowBench(place: place)
        bench.open()
        bench.propose(.noop, from: bench.at(0))
        bench.valid(.noop)
        if !bench.effects.contains(.generate(.redemption)) { bench.block(25) }
        bench.note(bench.machine.generated(.redemption, .proposal(redemption)))
        bench.valid(redemption)
        return bench
    }

    @Test("Whoever found something itself takes a no-op only in the last quarter of the active phase")
    func foundSomething() throws {
        var bench = try Self.found(place: 4)
        for block in 25...31 { bench.block(UInt64(block)) }
        #expect(bench.votes.isEmpty)
        bench.block(32)
        #expect(bench.votes.map(\.proposal) == [.noop])
        #expect(bench.rejects.isEmpty && bench.faults.isEmpty)
    }

    @Test("Whoever found something itself prefers a reserve's action to the leader's no-op")
    func prefersTheAction() throws {
        var bench = try Self.found(place: 4)
        for block in 25...29 { bench.block(UInt64(block)) }
        bench.propose(Self.redemption, from: bench.at(1))
        for block in 30...32 { bench.block(UInt64(block)) }
        #expect(bench.votes.map(\.proposal) == [Self.redemption])
    }

    @Test("A reserve that found something proposes it in its slot, and repeats no no-op")
    func reserve() throws {
        var bench = try Self.found(place: 1)
        for block in 25...30 { bench.block(UInt64(block)) }
        #expect(bench.votes.map(\.proposal) == [Self.redemption])
        #expect(bench.votes.map(\.form) == [.proposal])
    }

    @Test("Whoever could not tell itself takes a no-op only in the last quarter of the active phase")
    func couldNotTell() throws {
        var bench = try WindowBench(place: 4)
        bench.open()
        bench.propose(.noop, from: bench.at(0))
        bench.valid(.noop)
        for block in 25...31 {
            bench.note(bench.machine.generated(.redemption, .failed("chain.bitcoin")))
            bench.block(UInt64(block))
        }
        #expect(bench.votes.isEmpty)
        bench.block(32)
        #expect(bench.votes.map(\.proposal) == [.noop])
    }

    @Test(
        "A leader that cannot tell proposes no no-op, and its window ends with what it could not tell",
        arguments: [true, false])
    func blindLeader(byOwnValidation: Bool) throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        for block in 25...27 {
            if byOwnValidation {
                bench.note(bench.machine.generated(.redemption, .proposal(Self.redemption)))
                bench.invalid(Self.redemption, .cannotTell, rule: "chain.bitcoin")
            } else {
                bench.note(bench.machine.generated(.redemption, .failed("chain.bitcoin")))
            }
            bench.block(UInt64(block))
        }
        for action in bench.election.checklist.actions { bench.note(bench.machine.generated(action, .nothing)) }
        for block in 28...41 { bench.block(UInt64(block)) }
        #expect(bench.votes.isEmpty)
        #expect(bench.machine.outcome == .notSynced("chain.bitcoin"))
        #expect(bench.machine.withheld == "chain.bitcoin", "its status says so")
    }

    @Test("A leader whose sources come back while its slot lasts goes through the checklist again, and then says no-op")
    func sightedAgain() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        for action in bench.election.checklist.actions.dropLast() {
            bench.note(bench.machine.generated(action, .nothing))
        }
        bench.note(bench.machine.generated(.heartbeat, .proposal(WindowBench.heartbeat)))
        bench.invalid(WindowBench.heartbeat, .cannotTell, rule: "chain.host")
        #expect(bench.votes.isEmpty && bench.machine.withheld == "chain.host")
        #expect(bench.block(25) == [.generate(bench.election.checklist.actions[0])])
        for action in bench.election.checklist.actions { bench.note(bench.machine.generated(action, .nothing)) }
        bench.valid(.noop)
        #expect(bench.votes.map(\.proposal) == [.noop])
        #expect(bench.machine.withheld == nil)
    }

    @Test("A leader that cannot tell of one action proposes the next one of the checklist")
    func blindOfOne() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        for block in 24...26 {
            bench.block(UInt64(block))
            bench.note(bench.machine.generated(.redemption, .failed("chain.bitcoin")))
        }
        let next = try #require(bench.election.checklist.actions.dropFirst().first)
        #expect(bench.effects.last == .generate(next))
        bench.note(bench.machine.generated(next, .proposal(WindowBench.heartbeat)))
        bench.valid(WindowBench.heartbeat)
        #expect(bench.votes.map(\.proposal) == [WindowBench.heartbeat])
    }
}
