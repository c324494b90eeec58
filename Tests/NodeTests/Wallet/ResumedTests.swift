import Coordination
import Node
import Primitives
import Testing

/// A machine that slept or may run twice (threshold-signing.md §12, N4).
@Suite struct ResumedTests {
    @Test("Nonces of before are gone: new ones are offered at once, and a request for the old ones gets no share")
    func nonces() throws {
        let fleet = try NodeFleet()
        fleet.loses = { _, _, kind in kind == .frostRequest }
        fleet.run(to: 38, calls: [5: [fleet.request(1)]])
        let asked = fleet.wire.filter { EnvelopeHeader($0.envelope)?.kind == .frostRequest }
        let request = try #require(asked.first)
        let node = try fleet.node(request.to)
        let before = fleet.wire.count
        node.take(.resumed, in: fleet)
        let sent = fleet.wire[before...].filter { $0.from == node.me }
        #expect(sent.contains { EnvelopeHeader($0.envelope)?.kind == .frostNonces })
        // Past the age of the head, which is unknown now.
        fleet.run(to: 40)
        let shared = node.shared
        node.receive(request.envelope, from: request.from, in: fleet)
        #expect(node.drops.last?.reason == "signing.nonce")
        #expect(node.shared == shared)
    }

    @Test("A share that was given is said again only once a fresh head allows it, and not after the deadline")
    func again() throws {
        let fleet = try NodeFleet()
        fleet.loses = { _, _, kind in kind == .frostShares }
        fleet.run(to: 38, calls: [5: [fleet.request(1)]])
        let share = try #require(fleet.wire.first { EnvelopeHeader($0.envelope)?.kind == .frostShares })
        let request = try #require(
            fleet.wire.first {
                $0.from == share.to && $0.to == share.from && EnvelopeHeader($0.envelope)?.kind == .frostRequest
            })
        let node = try fleet.node(share.from)
        func saidAgain() -> Int {
            let before = fleet.wire.count
            node.receive(request.envelope, from: request.from, in: fleet)
            return fleet.wire[before...].count { $0.from == node.me && $0.envelope == share.envelope }
        }
        #expect(saidAgain() == 1)
        node.take(.resumed, in: fleet)
        #expect(saidAgain() == 0)
        #expect(node.drops.last?.reason == "signing.stale_head")
        fleet.run(to: 40)
        #expect(saidAgain() == 1)
        fleet.run(to: 60)
        #expect(saidAgain() == 0)
    }

    @Test("The head is stale until blocks come at their pace again")
    func head() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(fleet.election(24).leaderOrder[4])
        node.take(.resumed, in: fleet)
        fleet.run(to: 24)
        #expect(!node.hasVoted(24))
        fleet.run(to: 25)
        #expect(node.hasVoted(24))
    }
}
