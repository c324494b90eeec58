import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import TestKit
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
        node.write(.haltEnded(fleet.group.wallet))
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
        let block = BlockReference(number: BlockNumber(24), hash: fleet.host.head.block.hash)
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

    /// A status under a node's key, of a process that was started with another nonce unless it is said.
    private func status(
        of node: BenchNode, at block: UInt64, bootNonce: Bytes = Bytes(repeating: 99, count: 16)
    ) -> Bytes {
        let read = BlockReference(number: BlockNumber(block), hash: .zero)
        let status = Status(
            hostBlock: BlockNumber(block), counter: 1, settled: read, bitcoinHeight: 1, bootNonce: bootNonce,
            draining: false, build: "test", reachable: [], idle: [], withheld: [])
        let content = Envelope.Content(
            domain: Domain(chainID: NodeFleet.chainID, profile: NodeFleet.profile), wallet: .none,
            coordinationBlock: BlockNumber(0), seat: .none, kind: .status, payload: status.encoded)
        return Envelope(content, sign: node.sign).encoded
    }

    @Test("A status of another boot under our key halts every wallet, if it is younger than our start and not made up")
    func secondBoot() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 30)
        let (node, peer) = (fleet.nodes[0], fleet.nodes[1].me)
        node.kill()
        fleet.run(to: 34)
        node.start(in: fleet)
        fleet.run(to: 60)
        let floor = 34 + node.configuration.finalDepth
        node.receive(status(of: node, at: floor + 1, bootNonce: node.configuration.bootNonce), from: peer, in: fleet)
        node.receive(status(of: node, at: floor), from: peer, in: fleet)
        node.receive(status(of: node, at: 61 + node.configuration.finalDepth), from: peer, in: fleet)
        #expect(halts(node).isEmpty)
        #expect(node.drops.suffix(3).map(\.reason) == ["own", "own", "own"])
        node.receive(status(of: node, at: floor + 1), from: peer, in: fleet)
        #expect(halts(node) == ["duplicate_identity"])
    }

    @Test("A new link to an operator carries the last status that was heard of it, exactly as it was")
    func lastWord() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 30)
        let (node, other) = (fleet.nodes[0], fleet.nodes[1])
        let word = status(of: other, at: 29)
        node.receive(word, from: other.me, in: fleet)
        node.link(other.me, isUp: false, in: fleet)
        let before = fleet.wire.count
        node.link(other.me, isUp: true, in: fleet)
        #expect(fleet.wire[before...].contains { $0.to == other.me && $0.envelope == word })
    }

    @Test("A wallet that is halted while it drains takes nothing up after the restart")
    func haltedWhileDraining() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[3])
        fleet.run(to: 37)
        node.drain(in: fleet)
        fleet.run(to: 39)
        #expect(node.handedOver(24) && node.outcomes(24).isEmpty)
        node.receive(
            try fleet.forge(.proposal, Proposal.noop.encoded, by: node, window: 24), from: fleet.nodes[0].me, in: fleet)
        #expect(halts(node) == ["duplicate_identity"])
        #expect(node.outcomes(24) == [.error("duplicate_identity")])
        let events = node.events.count
        node.kill()
        node.start(in: fleet)
        fleet.run(to: 66)
        let acted = node.events[events...].contains { if case .attempt = $0 { true } else { false } }
        #expect(!acted)
        #expect(node.outcomes(24) == [.error("duplicate_identity")])
    }
}
