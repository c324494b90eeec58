import Coordination
import Node
import Primitives
import Testing

/// Most proposals come by several ways: the second time their bytes are known.
@Suite struct RepeatedProposalTests {
    /// A fleet in which the leader of window 24 has proposed, one that heard it, and what it heard.
    private static func proposed() throws -> (fleet: NodeFleet, follower: BenchNode, leader: BenchNode, raw: Bytes) {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        fleet.step()
        let leader = try fleet.node(election.leaderOrder[0])
        let follower = try fleet.node(election.leaderOrder[1])
        let sent = fleet.wire.first {
            $0.to == follower.me && $0.from == leader.me && $0.envelope.kindByte == MessageKind.proposal.rawValue
        }
        return (fleet, follower, leader, try #require(sent).envelope)
    }

    @Test("A proposal that comes again, byte for byte, is dropped without a look at its signature")
    func repeated() throws {
        let (fleet, follower, leader, raw) = try Self.proposed()
        let (looks, events) = (follower.signatureLooks, follower.events.count)
        #expect(looks > 0)
        for relay in fleet.nodes where relay.me != follower.me {
            follower.receive(raw, from: relay.me, in: fleet)
            #expect(follower.drops.last == Drop(leader.me, kind: .proposal, reason: MessageDrop.duplicate))
        }
        #expect(follower.signatureLooks == looks)
        #expect(follower.events.count == events)
    }

    @Test("One with any other byte is not taken for known")
    func altered() throws {
        let (fleet, follower, leader, raw) = try Self.proposed()
        // The last byte of r, the last of s, and v.
        for (place, mask) in [(raw.count - 34, UInt8(1)), (raw.count - 2, 1), (raw.count - 1, 7)] {
            var altered = raw
            altered[place] ^= mask
            let envelope = try Envelope(decoding: altered)
            #expect(envelope.kind == .proposal)
            let looks = follower.signatureLooks
            follower.receive(altered, from: leader.me, in: fleet)
            #expect(follower.signatureLooks == looks + 1, "byte \(place)")
            #expect(follower.drops.last == Drop(leader.me, kind: .proposal, reason: MessageDrop.notAMember))
        }
        // Something more or less is no envelope at all.
        for other in [Bytes(raw.dropLast()), raw + [0]] {
            follower.receive(other, from: leader.me, in: fleet)
            #expect(follower.drops.last == Drop(leader.me, frameClass: .agreement, reason: MessageDrop.malformed))
        }
    }

    @Test("A node that has not heard it looks at the signature, and takes it")
    func unheard() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let (leader, late) = (election.leaderOrder[0], try fleet.node(election.leaderOrder[1]))
        fleet.loses = { _, to, kind in to == late.me && kind == .proposal }
        fleet.step()
        let raw = try #require(
            fleet.wire.first { $0.from == leader && $0.envelope.kindByte == MessageKind.proposal.rawValue }
        ).envelope
        let looks = late.signatureLooks
        late.receive(raw, from: leader, in: fleet)
        #expect(late.signatureLooks == looks + 1)
        #expect(late.drops.isEmpty)
        #expect(late.events.contains { if case .voted = $0 { true } else { false } })
    }
}
