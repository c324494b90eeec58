import Coordination
import Primitives
import TestKit
import Testing

/// Processes that die at any moment.
@Suite(.serialized) struct HostileKillTests {
    @Test("Nodes killed at random moments resume; windows go on, and nobody votes twice")
    func killed() async throws {
        try await HostileNetwork.run { network in
            var random = SeededGenerator(seed: 8)
            let first = await network.nextWindows(1)
            for _ in 0..<HostileSize.pick(short: 5, full: 50) {
                try await network.pass(Double.random(in: 0...3, using: &random))
                let node = network.nodes[Int.random(in: 0..<network.nodes.count, using: &random)]
                let boots = node.boots
                try await node.kill()
                try node.start()
                try await network.expectBoot(of: node, after: boots)
            }
            let last = await network.nextWindows(1)
            let during = network.windows(from: first[0], before: last[0])
            try await network.expect(during, executedBy: network.nodes, atLeast: 3)
            try await network.expect(last, executedBy: network.nodes)
            try await network.expectSound(below: 90, allows: { $0.kind == .leaderIdleness })
        }
    }
}
