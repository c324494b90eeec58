import Coordination
import Node
import Primitives
import Testing

/// What a start finds on disk, and what it makes of it (durability-and-events.md §3, wallet-actions.md §12).
@Suite struct ResumingTests {
    @Test("A complete set of accepts that was on disk in time is handed over, also when the grace is over")
    func completeSet() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[3])
        fleet.run(to: 30)
        node.kill()
        // The two that are left cannot sign without it.
        for place in [2, 4] { try fleet.node(election.leaderOrder[place]).kill() }
        fleet.run(to: 41)
        node.start(in: fleet)
        fleet.run(to: 47)
        #expect(node.handedOver(24))
        #expect(node.outcomes(24) == [.executed])
    }

    @Test("Too few accepts on disk are a missed window, and nothing else is written of it")
    func tooFew() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[3])
        // It hears the leader, and nobody's accept.
        fleet.loses = { _, to, kind in to == node.me && kind == .verdict }
        fleet.run(to: 26)
        fleet.loses = { _, to, kind in to == node.me && (kind == .verdict || kind == .proposal) }
        fleet.run(to: 30)
        node.kill()
        fleet.run(to: 41)
        node.start(in: fleet)
        fleet.run(to: 47)
        #expect(node.outcomes(24) == [.missed])
        #expect(!node.handedOver(24))
    }

    @Test("A provisional fault is decided from the final chain, also after a restart", arguments: [false, true])
    func provisionalFault(restarts: Bool) throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 24, calls: [:])
        let liar = try fleet.node(election.leaderOrder[4])
        let node = try fleet.node(election.leaderOrder[3])
        let forged = try fleet.forge(
            .proposal, Proposal.heartbeat(message: Bytes(repeating: 1, count: 16)).encoded, by: liar, window: 24)
        fleet.post(forged, .proposal, from: liar.me, to: [node.me])
        fleet.deliver()
        #expect(node.faults.map(\.kind) == [.leaderImpersonation])
        if restarts {
            node.kill()
            fleet.step()
            node.start(in: fleet)
            fleet.post(forged, .proposal, from: liar.me, to: [node.me])
            fleet.deliver()
        }
        #expect(node.faults.count == 1, "a repeated message charges nobody twice")
        fleet.run(to: 30)
        let decided = node.events.filter {
            if case .faultDecided(let fault, stands: true) = $0 { fault.culprit == liar.me } else { false }
        }
        #expect(decided.count == 1)
    }
}
