import Coordination
import Node
import Primitives
import Testing

/// Idleness counts once operators of `t` seats report it (coordination.md §9).
@Suite struct IdlenessTests {
    @Test("Every operator that found a leader idle comes to know that the others did, in whatever order they speak")
    func confirmed() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 22)
        let leader = try fleet.node(fleet.election(24).leaderOrder[0])
        leader.kill()
        fleet.run(to: 36)
        let others = fleet.nodes.filter(\.isUp)
        for _ in 0..<2 {
            for node in others {
                node.tell(in: fleet)
                fleet.deliver()
            }
        }
        for node in others {
            let decided = node.events.filter { event in
                guard case .faultDecided(let fault, stands: true) = event else { return false }
                return fault.kind == .leaderIdleness && fault.culprit == leader.me
            }
            #expect(decided.count == 1)
        }
    }
}
