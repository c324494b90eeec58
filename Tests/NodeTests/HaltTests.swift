import Bitcoin
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
}
