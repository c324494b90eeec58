import ChainModels
import Coordination
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// A process dies around one input, before or after its commit, and starts again from its disk: at every input.
@Suite struct CrashTests {
    private enum Role: String, CaseIterable {
        case leader
        case follower
    }

    @Test(
        "A crash at any input leads to one vote, one outcome, and a window that still succeeds",
        arguments: [
            BenchNode.Crash.beforeCommit, .afterCommit,
        ])
    func everyInput(how: BenchNode.Crash) throws {
        var spends: [ConsensusOracle.Spend] = []
        for role in Role.allCases {
            let plain = try run(role: role, crash: nil)
            let inputs = try plain.node(plain.election(24).leaderOrder[role == .leader ? 0 : 3]).inputs
            #expect(inputs > 20)
            for input in 1...inputs {
                let fleet = try run(role: role, crash: (input, how))
                let comment: Comment = "\(role.rawValue) dies at input \(input), \(how)"
                try fleet.expectOneVoteEach(comment)
                for node in fleet.nodes {
                    #expect(node.conflicts.isEmpty, comment)
                    #expect(node.outcomes(24).count == 1, comment)
                }
                let others = fleet.nodes.filter { $0.crash == nil }
                for node in others { #expect(node.outcomes(24) == [.executed], comment) }
                #expect(fleet.published.count <= 1, comment)
                spends += fleet.spends
            }
        }
        #expect(try ConsensusOracle.refusals(of: spends) == [])
    }

    /// One window with a redemption; the process that dies is started again two blocks later.
    private func run(role: Role, crash: (input: Int, how: BenchNode.Crash)?) throws -> NodeFleet {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 22, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[role == .leader ? 0 : 3])
        node.countFromHere()
        node.crash = crash
        var downSince: UInt64?
        while fleet.host.head.block.number.rawValue < 47 {
            fleet.step()
            let head = fleet.host.head.block.number.rawValue
            if !node.isUp, downSince == nil { downSince = head }
            if let since = downSince, !node.isUp, head >= since + 1 {
                node.crash = (Int.max, crash?.how ?? .beforeCommit)
                node.start(in: fleet)
                fleet.deliver()
            }
        }
        return fleet
    }
}
