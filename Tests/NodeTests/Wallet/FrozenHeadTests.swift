import ChainModels
import Coordination
import Node
import Primitives
import Testing
import WalletActions

/// A host chain that stands still here: it tells nobody that a time is over (threshold-signing.md §11, coordination.md §6).
@Suite struct FrozenHeadTests {
    @Test("With a head older than three block times no accept is signed, until blocks come at their pace again")
    func votes() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(fleet.election(24).leaderOrder[4])
        node.isUnanswered = true
        fleet.run(to: 24)
        node.isBehind = true
        fleet.run(to: 29)
        node.answerReads(in: fleet)
        fleet.deliver()
        #expect(!node.hasVoted(24), "block 24 was heard of five block times ago")
        node.isBehind = false
        fleet.run(to: 30)
        #expect(!node.hasVoted(24), "the first block after a silence may be long past")
        fleet.run(to: 31)
        #expect(node.hasVoted(24))
    }

    @Test("A leader with a stale head proposes nothing")
    func proposals() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        let leader = try fleet.node(fleet.election(24).leaderOrder[0])
        leader.isUnanswered = true
        fleet.run(to: 24)
        leader.isBehind = true
        for _ in 0..<5 { fleet.pass(milliseconds: 500) }
        leader.answerReads(in: fleet)
        fleet.deliver()
        #expect(!leader.hasVoted(24))
    }

    @Test("Where every head stands still no share leaves once it is three block times old, whoever asks for it")
    func shares() throws {
        let fleet = try NodeFleet()
        fleet.loses = { _, _, kind in kind == .frostNonces }
        fleet.run(to: 38, calls: [5: [fleet.request(1)]])
        fleet.loses = { _, _, _ in false }
        // Fresh nonces every 40 s, and coordinators whose own heads stand still ask for shares with them.
        for _ in 0..<240 { fleet.pass(milliseconds: 500) }
        for node in fleet.nodes {
            #expect(node.shared.isEmpty)
        }
        #expect(fleet.nodes.contains { $0.drops.contains { $0.reason == "signing.stale_head" } })
        #expect(fleet.published.isEmpty)
    }

    @Test("No share leaves once the blocks to the deadline took half as long again as they do, though the head moves")
    func limit() throws {
        let fleet = try NodeFleet()
        fleet.loses = { _, _, kind in kind == .frostRequest }
        fleet.run(to: 38, calls: [5: [fleet.request(1)]])
        let asked = fleet.wire.filter { EnvelopeHeader($0.envelope)?.kind == .frostRequest }
        let early = try #require(asked.first)
        let late = try #require(asked.first { $0.to != early.to })
        // Twelve blocks to the deadline: 9 s. From here on a block takes two and a half times as long as it should.
        func blocks(to number: UInt64) {
            while fleet.host.head.block.number < BlockNumber(number) {
                for _ in 0..<3 { fleet.pass(milliseconds: 250) }
                fleet.step()
            }
        }
        blocks(to: 44)
        let other = try fleet.node(early.to)
        let count = other.shared.count
        other.receive(early.envelope, from: early.from, in: fleet)
        #expect(other.shared.count > count, "7.5 s")
        blocks(to: 46)
        let node = try fleet.node(late.to)
        let before = node.shared
        node.receive(late.envelope, from: late.from, in: fleet)
        #expect(node.drops.last?.reason == "signing.stale_head", "10 s, at block 46 of 50")
        #expect(node.shared == before)
    }
}
