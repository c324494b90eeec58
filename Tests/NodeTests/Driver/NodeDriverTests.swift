import ChainModels
import Coordination
import Primitives
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import Node

/// What is committed with what, and what follows a commit.
@Suite struct NodeDriverTests {
    private let fleet: NodeFleet
    private let configuration: NodeConfiguration
    private var random = SeededRandom(7)
    private let now = SigningInstant(milliseconds: 1_000)

    init() throws {
        fleet = try NodeFleet()
        configuration = fleet.nodes[0].configuration
    }

    private func driver(_ start: LedgerStart = LedgerStart(), isJournalled: Bool = true) -> NodeDriver {
        NodeDriver(
            configuration: configuration, signatures: KeySignatures(key: TestKey()), start: start,
            isJournalled: isJournalled)
    }

    private func block(_ number: UInt64) -> HostBlock {
        HostBlock(
            number: BlockNumber(number), hash: sha256([UInt8(number)]), parentHash: sha256([UInt8(number - 1)]),
            timestamp: UnixTime(1_700_000_000 + 12 * number))
    }

    private func row(_ id: UInt64, _ kind: MessageKind = .verdict, wallet: WalletPublicKeyHash? = nil) -> OutboxRow {
        var envelope: Bytes = [UInt8(id)]
        if let wallet {
            envelope =
                Envelope(
                    Envelope.Content(
                        domain: configuration.domain(of: WindowIndex(1)), wallet: wallet,
                        coordinationBlock: BlockNumber(24), seat: SeatNumber(1), kind: kind, payload: [UInt8(id)]),
                    sign: fleet.nodes[0].sign
                ).encoded
        }
        return OutboxRow(
            id: id,
            message: OutboxMessage(
                recipients: configuration.members, kind: kind, envelope: envelope, intent: nil,
                expiry: BlockNumber(100)))
    }

    @Test("An input that changes nothing on disk needs no transaction, and its journal line waits for the next one")
    mutating func waitingLines() throws {
        var driver = driver()
        driver.take(.timePassed, now: now, random: &random)
        let next56 = driver.transaction()
        #expect(next56 == nil)
        let next57 = driver.committed()
        #expect(next57.isEmpty)
        driver.take(.head(block(5)), now: now, random: &random)
        let next = driver.transaction()
        let transaction = try #require(next)
        #expect(transaction.cursor == block(5).reference)
        let steps = try transaction.journal.map { try JournalStep(decoding: $0.body) }
        guard case .told(.timePassed)? = steps.first, case .told(.head(block(5)))? = steps.last, steps.count == 2 else {
            Issue.record("the journal holds \(steps)")
            return
        }
    }

    @Test("When 512 lines wait they are written, though nothing else is")
    mutating func manyLines() throws {
        var driver = driver()
        for _ in 1..<NodeDriver.mostWaitingLines {
            driver.take(.timePassed, now: now, random: &random)
            let next73 = driver.transaction()
            #expect(next73 == nil)
        }
        driver.take(.timePassed, now: now, random: &random)
        let next76 = driver.transaction()
        #expect(try #require(next76).journal.count == NodeDriver.mostWaitingLines)
        let next77 = driver.transaction()
        #expect(next77 == nil)
    }

    @Test("Bytes that are no message are no line of the journal, and are counted against the link")
    mutating func malformed() throws {
        var driver = driver()
        let peer = configuration.members[0]
        driver.take(.received([1, 2, 3], from: peer), now: now, random: &random)
        let next85 = driver.transaction()
        #expect(next85 == nil)
        let actions = driver.committed()
        #expect(
            actions.contains { if case .malformed(from: peer) = $0 { true } else { false } }
                && actions.contains {
                    if case .dropped(let drop) = $0 { drop.peer == peer && drop.reason == "malformed" } else { false }
                })
        driver.take(.head(block(5)), now: now, random: &random)
        let next91 = driver.transaction()
        #expect(next91?.journal.count == 1)
    }

    @Test("Inputs that share a transaction have their lines behind the events of those before them")
    mutating func together() throws {
        var driver = driver()
        driver.started(now: now)
        driver.take(.reorganised(block(4), depth: 1), now: now, random: &random)
        driver.take(.timePassed, now: now, random: &random)
        let next = driver.transaction()
        let transaction = try #require(next)
        #expect(transaction.events.count == 2)
        #expect(transaction.journal.map(\.after) == [0, 1, 2])
        let anew = [driver.startsAnew(.head(block(5))), driver.startsAnew(.reorganised(block(4), depth: 1))]
        #expect(anew == [true, true])
        let timePassed = driver.startsAnew(.timePassed)
        #expect(!timePassed)
    }

    @Test("Marks of what has arrived ride in the next transaction, and need none of their own")
    mutating func marks() throws {
        var driver = driver(LedgerStart(waiting: [row(1), row(2)]))
        let peer = configuration.members[0]
        driver.take(.linkChanged(peer, isUp: true), now: now, random: &random)
        let next112 = driver.transaction()
        #expect(next112 == nil)
        let next113 = driver.committed()
        #expect(next113.contains { if case .flush(peer) = $0 { true } else { false } })
        var sent: [UInt64] = []
        while let row = driver.next(for: peer) {
            sent.append(row.id)
            driver.wasSent(to: peer)
        }
        #expect(sent == [1, 2])
        driver.delivered([1], to: peer)
        let next121 = driver.transaction()
        #expect(next121 == nil)
        driver.take(.head(block(5)), now: now, random: &random)
        let next123 = driver.transaction()
        #expect(next123?.delivered == [peer: [1]])
        driver.take(.linkChanged(peer, isUp: false), now: now, random: &random)
        driver.take(.linkChanged(peer, isUp: true), now: now, random: &random)
        let again = driver.next(for: peer)
        #expect(again?.id == 2, "what was not acknowledged goes out again")
        driver.take(.head(block(101)), now: now, random: &random)
        let expired = driver.next(for: peer)
        #expect(expired == nil, "what is expired does not")
    }

    @Test("Volatile messages do not leave after a commit that took too long; the others do")
    mutating func late() {
        var driver = driver()
        let rows = [row(1), row(2, .frostShares)]
        let peer = configuration.members[0]
        driver.take(.linkChanged(peer, isUp: true), now: now, random: &random)
        let actions = driver.committed(CommitResult(rows: rows), isSoon: false)
        #expect(!actions.contains { if case .transmit = $0 { true } else { false } })
        #expect(
            actions.contains {
                if case .dropped(Drop(nil, kind: .frostShares, reason: MessageDrop.lateCommit)) = $0 {
                    true
                } else {
                    false
                }
            })
        let first = driver.next(for: peer)
        #expect(first?.id == 1)
        let soon = driver.committed(CommitResult(rows: [row(3, .frostShares)]), isSoon: true)
        #expect(
            soon.contains { if case .transmit([3], .frostShares, configuration.members) = $0 { true } else { false } })
    }

    @Test("Where the store has another content for a purpose, nothing more of that wallet leaves, and it hears so next")
    mutating func refused() {
        let wallet = fleet.group.wallet
        var driver = driver(LedgerStart(waiting: [row(1, wallet: wallet)]))
        let peer = configuration.members[0]
        driver.take(.linkChanged(peer, isUp: true), now: now, random: &random)
        let refused = row(2, .frostShares, wallet: wallet).message
        let actions = driver.committed(
            CommitResult(rows: [row(3, wallet: wallet), row(4)], refused: [refused]), isSoon: true)
        guard case .tell(.intentRefused(wallet))? = actions.last else {
            Issue.record("the last action is \(String(describing: actions.last))")
            return
        }
        let left = driver.next(for: peer)
        #expect(left?.id == 4)
        driver.wasSent(to: peer)
        let none = driver.next(for: peer)
        #expect(none == nil)
    }

    @Test(
        "What the machine says again of a wallet does not leave where the store refused one of its messages beside it")
    mutating func refusedEcho() {
        fleet.run(to: 27, calls: [5: [fleet.request(1)]])
        let (node, wallet, peer) = (fleet.nodes[0], fleet.group.wallet, configuration.members[0])
        #expect(node.hasVoted(24))
        var driver = driver(LedgerStart(ledger: node.ledger, cursor: fleet.host.head.block.reference))
        driver.take(.head(fleet.host.head.block), now: now, random: &random)
        _ = driver.transaction()
        _ = driver.committed()
        func says(_ actions: [NodeAction]) -> Bool {
            actions.contains {
                if case .transmit(let bytes, _, _) = $0 { EnvelopeHeader(bytes)?.wallet == wallet } else { false }
            }
        }
        driver.take(.linkChanged(peer, isUp: true), now: now, random: &random)
        #expect(says(driver.committed()))
        driver.take(.linkChanged(peer, isUp: false), now: now, random: &random)
        driver.take(.linkChanged(peer, isUp: true), now: now, random: &random)
        let refused = row(2, .frostShares, wallet: wallet).message
        let actions = driver.committed(CommitResult(rows: [row(3, .frostNonces, wallet: wallet)], refused: [refused]))
        #expect(!says(actions))
        #expect(actions.contains { if case .dropped(let drop) = $0 { drop.reason == "halted" } else { false } })
    }

    @Test("What waits in the outbox for a peer is not said to it a second time beside that")
    mutating func saidOnce() throws {
        let node = fleet.nodes[0]
        fleet.run(to: 27, calls: [5: [fleet.request(1)]])
        let vote = try #require(
            node.events.lazy.compactMap { if case .voted(_, _, let envelope) = $0 { envelope } else { nil } }.first)
        let (mine, peer) = (node.me, configuration.members[0])
        let before = fleet.wire.count { $0.from == mine && $0.to == peer && $0.envelope == vote }
        #expect(before > 0)
        fleet.loses = { from, to, _ in from == mine && to == peer }
        node.link(peer, isUp: false, in: fleet)
        node.link(peer, isUp: true, in: fleet)
        // The link of before had acknowledged it, so it is said once more, by the machine alone.
        #expect(fleet.wire.count { $0.from == mine && $0.to == peer && $0.envelope == vote } == before + 1)
    }
}
