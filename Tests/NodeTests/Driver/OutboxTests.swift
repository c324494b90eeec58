import Coordination
import Primitives
import Secp256k1
import TestKit
import Testing

@testable import Node

/// What waits for whom, and when it leaves (durability-and-events.md DU5).
@Suite struct OutboxTests {
    private static let peers = (1...3).map { EthereumAddress(hash160([$0])) }
    private static let key = TestKey()
    private static let wallets = (1...2).map { WalletPublicKeyHash(hash160([10 + $0])) }

    /// A verdict of a wallet; what tells it apart is its content.
    private static func row(
        _ id: UInt64, wallet: Int = 0, to recipients: [EthereumAddress] = peers, expiry: UInt64 = 100
    ) -> OutboxRow {
        let envelope = Envelope(
            Envelope.Content(
                domain: Domain(chainID: 1, profile: .devnet), wallet: wallets[wallet],
                coordinationBlock: BlockNumber(24), seat: SeatNumber(1), kind: .verdict, payload: [UInt8(id)]),
            sign: { key.value.signRecoverable($0.signingHash) }
        ).encoded
        return OutboxRow(
            id: id,
            message: OutboxMessage(
                recipients: recipients, kind: .verdict, envelope: envelope, intent: nil, expiry: BlockNumber(expiry)))
    }

    /// Puts all that may leave onto a link.
    private static func drain(_ outbox: inout Outbox, for peer: EthereumAddress) -> [UInt64] {
        var ids: [UInt64] = []
        while let row = outbox.next(for: peer) {
            ids.append(row.id)
            outbox.wasSent(to: peer)
        }
        return ids
    }

    @Test("A row leaves once a link, in order, and again on the next link until it has arrived")
    func redelivery() {
        var outbox = Outbox([], halted: [])
        let peer = Self.peers[0]
        for id in UInt64(1)...3 { outbox.add(Self.row(id), for: peer) }
        #expect(Self.drain(&outbox, for: peer) == [], "no link stands")
        outbox.linkChanged(peer, isUp: true)
        #expect(Self.drain(&outbox, for: peer) == [1, 2, 3])
        #expect(Self.drain(&outbox, for: peer) == [])
        outbox.delivered([2], to: peer)
        outbox.add(Self.row(4), for: peer)
        #expect(Self.drain(&outbox, for: peer) == [4])
        outbox.linkChanged(peer, isUp: false)
        #expect(outbox.next(for: peer) == nil)
        outbox.linkChanged(peer, isUp: true)
        #expect(Self.drain(&outbox, for: peer) == [1, 3, 4])
        outbox.delivered([1, 3, 4], to: peer)
        outbox.linkChanged(peer, isUp: true)
        #expect(Self.drain(&outbox, for: peer) == [])
        #expect(outbox.isEmpty)
    }

    @Test("A row that the link has no room for is the next one still")
    func fullLink() {
        var outbox = Outbox([Self.row(1), Self.row(2)], halted: [])
        let peer = Self.peers[1]
        outbox.linkChanged(peer, isUp: true)
        #expect(outbox.next(for: peer)?.id == 1)
        #expect(outbox.next(for: peer)?.id == 1)
        outbox.wasSent(to: peer)
        #expect(outbox.next(for: peer)?.id == 2)
        outbox.delivered([1], to: peer)
        #expect(outbox.next(for: peer)?.id == 2)
    }

    @Test("What a recipient has is not kept from another one")
    func recipients() {
        var outbox = Outbox([Self.row(1)], halted: [])
        for peer in Self.peers { outbox.linkChanged(peer, isUp: true) }
        outbox.delivered([1], to: Self.peers[0])
        #expect(Self.drain(&outbox, for: Self.peers[0]) == [])
        #expect(Self.drain(&outbox, for: Self.peers[1]) == [1])
    }

    @Test("A row is dropped after the last block at which it makes sense, whether it is on a link or not")
    func expiry() {
        let peer = Self.peers[0]
        var outbox = Outbox(
            [Self.row(1, expiry: 9), Self.row(2, expiry: 10), Self.row(3, expiry: 9)], halted: [])
        outbox.linkChanged(peer, isUp: true)
        outbox.wasSent(to: peer)
        outbox.expire(at: BlockNumber(9))
        #expect(outbox.next(for: peer)?.id == 2)
        outbox.expire(at: BlockNumber(10))
        #expect(Self.drain(&outbox, for: peer) == [2])
        outbox.expire(at: BlockNumber(11))
        #expect(outbox.isEmpty)
    }

    @Test("Nothing of a halted wallet leaves, neither what waited before the start nor what waits when it halts")
    func halted() {
        let peer = Self.peers[0]
        let rows = [Self.row(1, wallet: 0), Self.row(2, wallet: 1)]
        var outbox = Outbox(rows, halted: [Self.wallets[0]])
        outbox.linkChanged(peer, isUp: true)
        #expect(Self.drain(&outbox, for: peer) == [2])
        outbox.add(Self.row(3, wallet: 0), for: peer)
        outbox.silence(Self.wallets[1])
        outbox.linkChanged(peer, isUp: true)
        #expect(Self.drain(&outbox, for: peer) == [3])
    }
}
