import ChainModels
import Coordination
import Node
import Primitives
import Testing
import WalletActions

/// Who was blind itself blames nobody (coordination.md §6, end).
@Suite struct BlindnessTests {
    /// The fleet before window 24, and a follower of it.
    private func fleet() throws -> (NodeFleet, BenchNode) {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        return (fleet, try fleet.node(fleet.election(24).leaderOrder[4]))
    }

    private func hearAll(from first: UInt64, _ node: BenchNode, in fleet: NodeFleet) {
        node.isBehind = false
        for number in first...fleet.host.head.block.number.rawValue {
            if let block = fleet.host[BlockNumber(number)]?.block { node.hear(block, in: fleet) }
        }
    }

    @Test("A machine that slept through the active phase and then hears every block in a burst charges nobody")
    func sleep() throws {
        let (fleet, node) = try fleet()
        node.isBehind = true
        fleet.loses = { _, to, _ in to == node.me }
        fleet.run(to: 37)
        hearAll(from: 24, node, in: fleet)
        fleet.run(to: 46)
        #expect(node.faults.isEmpty)
        #expect(fleet.nodes.contains { $0.outcomes(24) == [.executed] }, "the leader led, and all the others executed")
    }

    @Test("One whose head stood still for more than three blocks of the active phase charges nobody")
    func frozen() throws {
        let (fleet, node) = try fleet()
        fleet.loses = { _, to, _ in to == node.me }
        fleet.run(to: 26)
        node.isBehind = true
        fleet.run(to: 30)
        hearAll(from: 27, node, in: fleet)
        fleet.run(to: 46)
        #expect(node.faults.isEmpty)
    }

    @Test("Where all heads stood still nobody is charged, nobody is reported, and no charge is confirmed")
    func allFrozen() throws {
        let (fleet, _) = try fleet()
        for node in fleet.nodes { node.isBehind = true }
        fleet.run(to: 37)
        for node in fleet.nodes { hearAll(from: 24, node, in: fleet) }
        for node in fleet.nodes { node.tell(in: fleet) }
        fleet.deliver()
        for node in fleet.nodes { #expect(node.faults.isEmpty) }
    }

    @Test("Who lost its links during the active phase charges nobody, although they stood again at its end")
    func links() throws {
        let (fleet, node) = try fleet()
        fleet.loses = { _, to, _ in to == node.me }
        fleet.run(to: 28)
        for other in fleet.nodes where other.me != node.me { node.link(other.me, isUp: false, in: fleet) }
        fleet.run(to: 46)
        #expect(node.faults.isEmpty)
    }

    @Test("Who heard every block at its pace and kept its links charges a leader that was not heard")
    func inSync() throws {
        let (fleet, node) = try fleet()
        fleet.loses = { _, to, kind in to == node.me && kind == .proposal }
        fleet.run(to: 36)
        #expect(node.faults.map(\.kind).contains(.leaderIdleness))
    }
}
