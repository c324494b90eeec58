import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import TestKit
import Testing

@Suite struct NodeMachineTests {
    @Test("A whole window: a redemption is proposed, agreed, signed, broadcast and proven; the next shows a heartbeat")
    func wholeWindow() throws {
        let fleet = try NodeFleet()
        try fleet.expectRedemptionAndHeartbeat()
    }

    @Test("A silent leader costs nothing but its name: a reserve takes over, and everybody charges idleness")
    func leaderSilent() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 22, calls: [5: [fleet.request(1)]])
        let election = try fleet.election(24)
        let leader = try fleet.node(election.leaderOrder[0])
        leader.kill()
        fleet.run(to: 47)
        for node in fleet.nodes where node.isUp {
            #expect(node.outcomes(24) == [.executed])
            #expect(node.faults.map(\.kind) == [.leaderIdleness])
            #expect(node.faults.map(\.culprit) == [leader.me])
        }
        #expect(fleet.published.count == 1)
        try fleet.expectOneVoteEach()
    }

    @Test("A leader that proposes two things is charged with both envelopes, and nothing is signed")
    func equivocation() throws {
        let (fleet, election, forged) = try equivocatingLeader(reservesAreHeard: false)
        for node in fleet.nodes where node.isUp {
            let fault = try #require(node.faults.first { $0.kind == .leaderEquivocation })
            #expect(fault.culprit == election.leaderOrder[0])
            #expect(Set(fault.evidence) == Set(forged))
            // A reserve stands by a proposal of its own, which nobody else heard.
            let isReserve = election.reserves.contains(node.me)
            #expect(node.outcomes(24) == [isReserve ? .noQuorum : .equivocation])
            #expect(!node.events.contains { if case .handedOver = $0 { true } else { false } })
            #expect(!node.events.contains { if case .attempt = $0 { true } else { false } })
        }
        #expect(fleet.published.isEmpty)
        try fleet.expectOneVoteEach(except: election.leaderOrder[0])
    }

    @Test("A reserve saves the window of a leader that proposed two things")
    func reserveAfterEquivocation() throws {
        let (fleet, election, _) = try equivocatingLeader(reservesAreHeard: true)
        for node in fleet.nodes where node.isUp {
            #expect(node.faults.map(\.kind) == [.leaderEquivocation])
            #expect(node.outcomes(24) == [.executed])
        }
        #expect(fleet.published.count == 1)
        try fleet.expectOneVoteEach(except: election.leaderOrder[0])
    }

    /// A run in which the leader's key is in the hands of somebody who proposes two things to everybody.
    private func equivocatingLeader(
        reservesAreHeard: Bool
    ) throws -> (fleet: NodeFleet, election: Election, forged: [Bytes]) {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let leader = try fleet.node(election.leaderOrder[0])
        leader.kill()
        let proposals = [Proposal.noop, .heartbeat(message: Bytes(repeating: 0xff, count: 16))]
        let forged = try proposals.map { try fleet.forge(.proposal, $0.encoded, by: leader, window: 24) }
        fleet.step()
        let others = fleet.nodes.filter(\.isUp).map(\.me)
        for envelope in forged { fleet.post(envelope, .proposal, from: leader.me, to: others) }
        fleet.deliver()
        if !reservesAreHeard { fleet.loses = { _, _, kind in kind == .proposal } }
        fleet.run(to: 47)
        return (fleet, election, forged)
    }

    @Test(
        "One signer silent in a signing round: three of five still sign",
        arguments: [
            MessageKind.signReady, .frostNonces, .frostShares, .signResult,
        ])
    func silentSigner(kind: MessageKind) throws {
        var spends: [ConsensusOracle.Spend] = []
        for place in 0..<5 {
            let fleet = try NodeFleet(seed: UInt64(place + 1))
            fleet.run(to: 23, calls: [5: [fleet.request(1)]])
            let silent = try fleet.election(24).leaderOrder[place]
            fleet.loses = { from, _, sent in from == silent && sent == kind }
            fleet.run(to: 47)
            for node in fleet.nodes { #expect(node.outcomes(24) == [.executed], "place \(place)") }
            #expect(fleet.published.count == 1)
            spends += fleet.spends
        }
        #expect(try ConsensusOracle.refusals(of: spends) == [])
    }

    @Test("A coordinator of signing that says nothing is replaced by the next instance")
    func silentCoordinator() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        let election = try fleet.election(24)
        fleet.loses = { from, _, sent in from == election.leaderOrder[0] && sent == .frostRequest }
        fleet.run(to: 47)
        for node in fleet.nodes { #expect(node.outcomes(24) == [.executed]) }
    }

    @Test("With two operators down the wallet still works; with three it agrees to nothing and signs nothing")
    func thresholds() throws {
        for down in [2, 3] {
            let fleet = try NodeFleet()
            fleet.run(to: 22, calls: [5: [fleet.request(1)]])
            let election = try fleet.election(24)
            // The leader stays, so that only the number matters.
            for address in election.leaderOrder.suffix(down) { try fleet.node(address).kill() }
            fleet.run(to: 47)
            for node in fleet.nodes where node.isUp {
                #expect(node.outcomes(24) == [down == 2 ? .executed : .noQuorum])
            }
            #expect(fleet.published.count == (down == 2 ? 1 : 0))
        }
    }

    @Test("An operator that was down writes the windows it missed, and takes part in the next")
    func missedWindows() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 47, calls: [5: [fleet.request(1)]])
        let node = fleet.nodes[0]
        node.kill()
        fleet.run(to: 95)
        node.start(in: fleet)
        fleet.run(to: 119)
        #expect(node.outcomes(24) == [.executed])
        #expect(node.outcomes(48) == [.missed])
        #expect(node.outcomes(72) == [.missed])
        #expect(node.outcomes(96) == [.executed])
        for other in fleet.nodes.dropFirst() { #expect(other.outcomes(96) == [.executed]) }
    }

    @Test("What outsiders and members send as garbage has no effect", arguments: [0, 1, 67, 68, 200, 70_000])
    func garbage(length: Int) throws {
        let fleet = try NodeFleet()
        fleet.run(to: 24, calls: [5: [fleet.request(1)]])
        let node = fleet.nodes[0]
        let events = node.events.count
        node.receive(Bytes(repeating: 1, count: length), from: fleet.nodes[1].me, in: fleet)
        #expect(node.events.count == events)
        let stranger = NodeFleet.address("stranger")
        if let captured = fleet.wire.first?.envelope {
            var mutant = captured
            mutant[mutant.count - 10] ^= 1
            node.receive(mutant, from: stranger, in: fleet)
            #expect(node.events.count == events, "a signature that does not recover to the seat's operator is dropped")
        }
    }

    @Test("A message of another window, wallet, profile or chain is refused")
    func replays() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 47, calls: [5: [fleet.request(1)]])
        let old = fleet.wire.map(\.envelope)
        let node = fleet.nodes[0]
        fleet.run(to: 49)
        let events = node.events.count
        for envelope in old { node.receive(envelope, from: fleet.nodes[1].me, in: fleet) }
        #expect(node.events.count == events)
    }

    @Test("Who learns from the chain that the others signed without it gives no share any more")
    func lateRequest() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        let election = try fleet.election(24)
        let slow = try fleet.node(election.leaderOrder[4])
        let isSigning: (MessageKind) -> Bool = { [.frostRequest, .signResult].contains($0) }
        // Its nonces go out, so that it is asked for shares; what it is asked comes much later.
        var held: [(from: EthereumAddress, envelope: Bytes)] = []
        fleet.loses = { from, to, kind in
            if to != slow.me, kind == .frostNonces { return from == election.leaderOrder[3] }
            return to == slow.me && isSigning(kind)
        }
        fleet.run(to: 60)
        for (from, to, envelope) in fleet.wire where to == slow.me {
            if try Envelope(decoding: envelope).kind == .frostRequest { held.append((from, envelope)) }
        }
        #expect(!held.isEmpty)
        #expect(slow.outcomes(24) == [.executed])
        let before = slow.events.count
        for message in held { slow.receive(message.envelope, from: message.from, in: fleet) }
        #expect(slow.events.count == before)
    }

    @Test("A node that drains leads nothing and begins no action; after its restart it takes the action up")
    func draining() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 22, calls: [5: [fleet.request(1)]])
        let election = try fleet.election(24)
        let leader = try fleet.node(election.leaderOrder[0])
        let follower = try fleet.node(election.leaderOrder[4])
        leader.drain(in: fleet)
        fleet.run(to: 35)
        #expect(
            !leader.events.contains { if case .voted(_, let vote, _) = $0 { vote.form == .proposal } else { false } })
        #expect(follower.events.contains { if case .voted = $0 { true } else { false } }, "a reserve proposes")
        follower.drain(in: fleet)
        fleet.run(to: 39)
        #expect(follower.events.contains { if case .handedOver = $0 { true } else { false } })
        #expect(!follower.events.contains { if case .attempt = $0 { true } else { false } })
        follower.kill()
        follower.start(in: fleet)
        fleet.run(to: 60)
        #expect(follower.outcomes(24) == [.executed])
    }

    @Test("An answer that was read before a reorganisation reaches nobody after it")
    func staleAnswer() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        let follower = try fleet.node(fleet.election(24).leaderOrder[4])
        follower.isUnanswered = true
        fleet.step()
        fleet.reorganise(1)
        let before = follower.events.count
        follower.answerReads(in: fleet)
        #expect(follower.events.count == before)
        fleet.run(to: 47)
        #expect(follower.outcomes(24) == [.executed])
    }
}
