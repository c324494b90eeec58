import Coordination
import Primitives
import TestKit
import Testing

/// What our own search asks, and how often.
@Suite struct WindowSearchTests {
    @Test(
        "A leader whose own no-op falls looks through the checklist again with the next block, and not before",
        arguments: [FailureClass.view, .cannotTell])
    func noopFalls(failureClass: FailureClass) throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        for action in bench.election.checklist.actions { bench.note(bench.machine.generated(action, .nothing)) }
        #expect(bench.effects.last == .validate(bench.digest(.noop), .noop))
        #expect(bench.invalid(.noop, failureClass, rule: "checklist.owed").isEmpty)
        #expect(bench.block(25).contains(.generate(.redemption)))
        bench.note(bench.machine.generated(.redemption, .proposal(WindowBench.redemption)))
        bench.valid(WindowBench.redemption)
        #expect(bench.votes.map(\.proposal) == [WindowBench.redemption])
    }

    @Test("A validation whose answer will not come is asked for again")
    func validationLost() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.machine.questionsLost()
        #expect(
            bench.block(25).contains(.validate(bench.digest(WindowBench.redemption), WindowBench.redemption)))
        #expect(bench.block(26).isEmpty, "asked once")
        bench.valid(WindowBench.redemption)
        #expect(bench.votes.map(\.digest) == [bench.digest(WindowBench.redemption)])
    }

    @Test("A search whose answer will not come is made again")
    func searchLost() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        bench.note(bench.machine.generated(.redemption, .nothing))
        bench.machine.questionsLost()
        #expect(bench.block(25) == [.generate(bench.election.checklist.actions[1])])
        #expect(bench.block(26).isEmpty, "asked once")
    }

    @Test("The outcome agreed stands in the ledger before what becomes of the action")
    func agreedFirst() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.valid(WindowBench.redemption)
        bench.accept(WindowBench.redemption, from: bench.at(1))
        for block in 25...38 { bench.block(UInt64(block)) }
        let agreed = try #require(bench.effects.firstIndex(of: .ended(.agreed(.redemption))))
        let handOver = try #require(bench.effects.firstIndex { if case .handOver = $0 { true } else { false } })
        #expect(agreed < handOver)
    }
}
