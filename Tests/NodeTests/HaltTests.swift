import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import Testing
import WalletActions

/// A halted wallet does nothing more until its operator acts (durability-and-events.md §1.1).
@Suite struct HaltTests {
    @Test("A wallet that is halted at a window's end takes over no action, whatever accepts still come")
    func haltBeforeHandOver() throws {
        let fleet = try NodeFleet()
        // The Bridge never shows the proof, so that the record stays settled.
        fleet.overrides = { query in
            guard case .host(.announcedTransactions) = query else { return nil }
            return .host(.announcedTransactions([]))
        }
        fleet.run(to: 47, calls: [5: [fleet.request(1)]])
        #expect(fleet.published.count == 1)
        let paid = try #require(fleet.published.first)
        let node = try fleet.node(fleet.election(48).leaderOrder[3])
        // It hears the leader, and nobody's accept.
        fleet.loses = { _, to, kind in to == node.me && kind == .verdict }
        fleet.run(to: 50)
        fleet.loses = { _, to, kind in to == node.me && (kind == .verdict || kind == .proposal) }
        fleet.run(to: 61)
        // A deep reorganisation of Bitcoin undoes the settled transaction.
        let announced = fleet.overrides
        fleet.overrides = { query in
            guard case .bitcoin(.transaction(paid.txid)) = query else { return announced(query) }
            return .bitcoin(.transaction(LocatedTransaction(transaction: paid, place: .mempool)))
        }
        fleet.step()
        #expect(node.events.contains { if case .halted = $0 { true } else { false } })
        let accepts = try fleet.wire.filter { message in
            let envelope = try Envelope(decoding: message.envelope)
            return message.to == node.me && envelope.kind == .verdict && envelope.coordinationBlock.rawValue == 48
        }
        for message in accepts { node.receive(message.envelope, from: message.from, in: fleet) }
        fleet.run(to: 66)
        #expect(!node.handedOver(48))
        #expect(node.outcomes(48) == [.error("bitcoin_reorg_deep")])
    }

    private func halts(_ node: BenchNode) -> [RuleID] {
        node.events.compactMap { if case .halted(_, let reason) = $0 { reason } else { nil } }
    }

    @Test("A vote under our own key that we did not cast halts the wallet until its operator lets it go on")
    func secondProcess() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 27, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(try fleet.election(24).leaderOrder[3])
        // What it said itself comes back from a relay: no news.
        let own = try #require(
            fleet.wire.first { $0.from == node.me && EnvelopeHeader($0.envelope)?.kind == .verdict })
        node.receive(own.envelope, from: own.to, in: fleet)
        #expect(node.drops.last?.reason == "own")
        let other = try fleet.forge(.proposal, Proposal.noop.encoded, by: node, window: 24)
        // Of a window that it does not hold it cannot say what it said.
        node.receive(
            try fleet.forge(.proposal, Proposal.noop.encoded, by: node, window: 72), from: own.to, in: fleet)
        #expect(halts(node).isEmpty)
        node.receive(other, from: own.to, in: fleet)
        node.receive(other, from: own.to, in: fleet)
        #expect(halts(node) == ["duplicate_identity"])
        #expect(node.outcomes(24) == [.error("duplicate_identity")])
        node.kill()
        node.start(in: fleet)
        fleet.run(to: 66)
        #expect(node.outcomes(48) == [.error("duplicate_identity")])
        node.kill()
        node.perform([.record(.haltEnded(fleet.group.wallet))], in: fleet)
        node.start(in: fleet)
        fleet.run(to: 95)
        #expect(node.outcomes(72) == [.executed])
        for other in fleet.nodes where other.me != node.me { #expect(halts(other).isEmpty) }
    }

    @Test("A reject, or a repeat of what we accepted, under our key is compared as well")
    func ownRejects() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 27, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(try fleet.election(24).leaderOrder[3])
        let block = Verdict.BlockRead(number: BlockNumber(24), hash: fleet.host.head.block.hash)
        let digest = try #require(ProposalDigest(sha256([1]).bytes))
        let reject = Verdict(
            digest: digest, answer: .reject(rule: "redemption.value", proposed: [], found: []), block: block)
        node.receive(
            try fleet.forge(.verdict, reject.encoded, by: node, window: 24), from: fleet.nodes[0].me, in: fleet)
        #expect(halts(node) == ["duplicate_identity"])
    }

    @Test("What the store has another content for halts its wallet, and nothing else")
    func refusedIntent() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 27, calls: [5: [fleet.request(1)]])
        let node = fleet.nodes[2]
        node.take(.intentRefused(fleet.group.wallet), in: fleet)
        #expect(halts(node) == ["intent_conflict"])
        fleet.run(to: 66)
        #expect(node.outcomes(48) == [.error("intent_conflict")])
        for other in fleet.nodes where other.me != node.me { #expect(other.outcomes(24) == [.executed]) }
    }
}
