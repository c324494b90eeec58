import Coordination
import Node
import Primitives
import Testing

/// One action of a wallet at a time (coordination.md §8, S7).
@Suite struct DispatchTests {
    @Test("An action whose time passed unseen, while we were behind, does not keep the next one out")
    func behind() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        fleet.loses = { _, _, kind in kind == .frostNonces }
        fleet.run(to: 49)
        let node = fleet.nodes[0]
        node.isBehind = true
        fleet.run(to: 61)
        fleet.loses = { _, _, _ in false }
        node.isBehind = false
        fleet.run(to: 71)
        #expect(node.outcomes(24) == [.actionExpired])
        #expect(node.outcomes(48) == [.executed])
    }
}
