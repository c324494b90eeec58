import ChainModels
import Coordination
import Ethereum
import Node
import Primitives
import Testing
import WalletActions

/// What a node does when the host chain replaces blocks while it waits for answers.
@Suite struct ReorganisationTests {
    @Test(
        "A reorganisation above the safe shift changes nobody's election: all stand on the seed of the chain that stays"
    )
    func seed() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 21, calls: [5: [fleet.request(1)]])
        let late = fleet.nodes[0]
        late.kill()
        fleet.step()
        fleet.reorganise(1)
        fleet.step()
        late.start(in: fleet)
        fleet.run(to: 47)
        let final = try #require(fleet.host[BlockNumber(22)]).block.hash
        for node in fleet.nodes {
            let seeds = node.events.compactMap { event -> Hash32? in
                guard case .windowSeeded(let key, let seed) = event, key.coordinationBlock.rawValue == 24 else {
                    return nil
                }
                return seed
            }
            #expect(Set(seeds) == [final])
            #expect(node.faults.isEmpty)
            #expect(node.outcomes(24) == [.executed])
        }
    }

    @Test("A reorganisation during a validation, or a search, does not silence the operator", arguments: [0, 3])
    func underWay(place: Int) throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[place])
        node.isUnanswered = true
        fleet.step()
        #expect(!node.events.contains { if case .voted = $0 { true } else { false } })
        fleet.step()
        fleet.reorganise(1)
        node.isUnanswered = false
        fleet.run(to: 47)
        let forms = node.events.compactMap { if case .voted(_, let vote, _) = $0 { vote.form } else { nil } }
        #expect(forms.first == (place == 0 ? .proposal : .verdict))
        for node in fleet.nodes { #expect(node.outcomes(24) == [.executed]) }
        try fleet.expectOneVoteEach()
    }

    @Test("A request that is over is read no more, until the host chain is reorganised")
    func closedRedemptions() throws {
        let fleet = try NodeFleet()
        var read: Set<BlockNumber> = []
        fleet.overrides = { query in
            if case .host(.call(.bridge, let data, let at)) = query,
                (try? Bridge.PendingRedemptions(decoding: data)) != nil
            {
                read.insert(at.number)
            }
            return nil
        }
        // The redemption is proven in the window after its own, and found over in that or the next.
        fleet.run(to: 95, calls: [5: [fleet.request(1)]])
        for node in fleet.nodes { #expect(node.outcomes(24) == [.executed]) }
        #expect(!read.isEmpty)
        read = []
        fleet.run(to: 143)
        #expect(read.isEmpty)
        // The next window is that of block 144.
        fleet.reorganise(1)
        fleet.run(to: 167)
        #expect(read == [BlockNumber(144)])
        read = []
        fleet.run(to: 191)
        #expect(read.isEmpty)
        try fleet.expectOneVoteEach()
    }
}
