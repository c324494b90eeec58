import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import TestKit
import Testing

/// Operators that hold several seats, unequally: what is agreed and signed counts seats, what is elected operators.
@Suite struct SeveralSeatsTests {
    /// Of nine seats operator 0 holds four, operator 1 two, the others one each.
    private static let holders = [0, 1, 0, 2, 0, 1, 3, 0, 4]

    @Test("A whole window with seats held unequally: a redemption that Bitcoin takes; the next shows a heartbeat")
    func wholeWindow() throws {
        let fleet = try NodeFleet(holders: Self.holders, threshold: 5)
        try fleet.expectRedemptionAndHeartbeat()
    }

    @Test(
        "Who is up must hold the threshold of seats: two operators may, and three may not",
        arguments: [([0, 1], true), ([0, 4], true), ([1, 2, 3, 4], true), ([1, 2, 3], false)])
    func seatsUp(up: [Int], suffices: Bool) throws {
        // A leader that is up, so that only the seats matter.
        for seed in UInt64(1)...40 {
            let fleet = try NodeFleet(seed: seed, holders: Self.holders, threshold: 5)
            fleet.run(to: 22, calls: [5: [fleet.request(1)]])
            let leader = try fleet.election(24).leaderOrder[0]
            guard up.contains(where: { fleet.nodes[$0].me == leader }) else { continue }
            for index in fleet.nodes.indices where !up.contains(index) { fleet.nodes[index].kill() }
            fleet.run(to: 47)
            for index in up { #expect(fleet.nodes[index].outcomes(24) == [suffices ? .executed : .noQuorum]) }
            #expect(fleet.published.count == (suffices ? 1 : 0))
            if suffices { #expect(try ConsensusOracle.refusals(of: fleet.spends) == []) }
            return
        }
        Issue.record("none of 40 seeds elects one of \(up)")
    }

    @Test("A message says one seat, the lowest of its operator's, whatever it holds")
    func lowestSeat() throws {
        let fleet = try NodeFleet(holders: Self.holders, threshold: 5)
        fleet.run(to: 47, calls: [5: [fleet.request(1)]])
        var kinds: Set<MessageKind> = []
        let domain = Domain(chainID: NodeFleet.chainID, profile: NodeFleet.profile)
        for (_, _, raw) in fleet.wire {
            let envelope = try Envelope(decoding: raw)
            guard envelope.kind != .status else { continue }
            let signer = try #require(envelope.signer(in: domain))
            #expect(envelope.seat == fleet.group.lowestSeat(of: signer))
            kinds.insert(envelope.kind)
        }
        #expect(kinds.isSuperset(of: [.verdict, .proposal, .signReady, .frostNonces, .frostRequest, .frostShares]))
    }

    @Test("An operator of several seats dies around every input of its signing, and the wallet signs all the same")
    func crashes() throws {
        for input in stride(from: 0, to: 120, by: 7) {
            let fleet = try NodeFleet(holders: Self.holders, threshold: 5)
            fleet.run(to: 37, calls: [5: [fleet.request(1)]])
            let node = fleet.nodes[1]
            node.countFromHere()
            node.crash = (input, input.isMultiple(of: 2) ? .beforeCommit : .afterCommit)
            fleet.run(to: 40)
            if !node.isUp { node.start(in: fleet) }
            fleet.run(to: 47)
            for other in fleet.nodes where other.me != node.me { #expect(other.outcomes(24) == [.executed]) }
            #expect(node.conflicts.isEmpty)
            #expect(fleet.published.count == 1)
        }
    }
}
