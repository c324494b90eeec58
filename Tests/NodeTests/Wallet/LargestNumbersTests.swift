import Coordination
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// Numbers that a host source or a member says, up to the largest that its encoding holds.
@Suite struct LargestNumbersTests {
    /// The first is the largest that is taken.
    private static let numbers: [UInt64] = [1 << 48 - 1, 1 << 48, 1 << 63, .max]

    @Test(
        "The largest number and time that a head may have end no process, at its start or later",
        arguments: [true, false])
    func head(isFirst: Bool) throws {
        let fleet = try NodeFleet()
        fleet.run(to: 40, calls: [5: [fleet.request(1)]])
        let node = fleet.nodes[0]
        if isFirst {
            node.kill()
            node.isBehind = true
            node.start(in: fleet)
            node.isBehind = false
        }
        let largest = try #require(Self.numbers.first)
        node.hear(
            HostBlock(
                number: BlockNumber(largest), hash: sha256([1]), parentHash: sha256([2]), timestamp: UnixTime(largest)),
            in: fleet)
        let missed = node.events.compactMap { event -> UInt64? in
            guard case .ended(let window, .missed) = event else { return nil }
            return window.coordinationBlock.rawValue
        }
        // Windows a little above the head are opened: what is written of them is read back.
        for event in node.events { #expect(try LedgerEvent(decoding: event.encoded) == event) }
        node.kill()
        node.start(in: fleet)
        #expect(missed.count >= 1_000 && missed.allSatisfy { $0 <= largest })
    }

    @Test("What a member signs about windows that no chain has is malformed, and windows go on", arguments: numbers)
    func envelopes(number: UInt64) throws {
        let fleet = try NodeFleet()
        fleet.run(to: 40, calls: [5: [fleet.request(1)]])
        let (node, liar) = (fleet.nodes[0], fleet.nodes[1])
        // The filter lets multiples of the frequency through.
        let below = number - number % 24
        let window = number >= 1 << 48 && below < 1 << 48 ? below + 24 : below
        for kind in [MessageKind.proposal, .verdict, .signReady, .frostNonces, .frostRequest, .frostShares] {
            let drops = node.drops.count
            node.receive(
                try fleet.forge(kind, Proposal.noop.encoded, by: liar, window: window), from: liar.me, in: fleet)
            if number >= 1 << 48 {
                let malformed = Drop(liar.me, frameClass: kind.frameClass, reason: MessageDrop.malformed)
                #expect(node.drops.dropFirst(drops) == [malformed])
            }
        }
        fleet.run(to: 100)
        #expect(fleet.nodes.allSatisfy { $0.isUp && $0.outcomes(48) == [.executed] })
    }

    @Test(
        "Statuses with the largest numbers end no process, and one of a block that no chain has is malformed",
        arguments: numbers)
    func statuses(number: UInt64) throws {
        let fleet = try NodeFleet()
        fleet.run(to: 40, calls: [5: [fleet.request(1)]])
        let (node, liar) = (fleet.nodes[0], fleet.nodes[1])
        let small = BlockNumber(40)
        for field in 0..<5 {
            func said(_ place: Int) -> BlockNumber { place == field ? BlockNumber(number) : small }
            let status = Status(
                hostBlock: said(0), counter: field == 1 ? number : 1_000,
                settled: BlockReference(number: said(2), hash: .zero), bitcoinHeight: .max,
                bootNonce: Bytes(repeating: 7, count: 16), draining: false, build: "", reachable: [],
                idle: [.init(wallet: fleet.group.wallet, coordinationBlock: said(3), leader: node.me)],
                withheld: [.init(wallet: fleet.group.wallet, coordinationBlock: said(4), rule: "fee.band")])
            let content = Envelope.Content(
                domain: Domain(chainID: NodeFleet.chainID, profile: NodeFleet.profile), wallet: .none,
                coordinationBlock: BlockNumber(0), seat: .none, kind: .status, payload: status.encoded)
            let drops = node.drops.count
            node.receive(Envelope(content, sign: liar.sign).encoded, from: liar.me, in: fleet)
            // A counter is compared and never computed with.
            if field != 1, number >= 1 << 48 {
                #expect(node.drops.dropFirst(drops) == [Drop(liar.me, kind: .status, reason: MessageDrop.malformed)])
            }
        }
        fleet.run(to: 100)
        #expect(fleet.nodes.allSatisfy { $0.isUp && $0.outcomes(48) == [.executed] })
    }
}
