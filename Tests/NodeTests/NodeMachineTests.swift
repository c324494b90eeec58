import Coordination
import DevNet
import Node
import Primitives
import Testing

@Suite struct NodeMachineTests {
    @Test("A whole window: a redemption is proposed, agreed, signed, broadcast and proven; the next shows a heartbeat")
    func wholeWindow() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 75, calls: [5: [fleet.request(1)]])
        for node in fleet.nodes {
            #expect(node.outcomes(24) == [.executed])
            #expect(node.outcomes(48) == [.executed])
            #expect(node.faults.isEmpty)
            #expect(node.conflicts.isEmpty)
        }
        #expect(fleet.published.count == 1)
        #expect(fleet.host.head.state.pending.isEmpty, "the Bridge took the proof")
        try fleet.expectOneVoteEach()
    }
}
