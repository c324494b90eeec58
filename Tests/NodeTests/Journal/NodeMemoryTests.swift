import Coordination
import Node
import Primitives
import Testing

/// What a node holds does not grow with the number of windows.
@Suite struct NodeMemoryTests {
    @Test("Windows that are over leave nothing behind")
    func windows() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 95)
        let early = fleet.nodes.map(\.held)
        fleet.run(to: 191)
        #expect(fleet.nodes.map(\.held) == early)
        for node in fleet.nodes { #expect(node.outcomes(168) == [.executed]) }
    }
}
