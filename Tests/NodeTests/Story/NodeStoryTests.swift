import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import TestKit
import Testing
import ThresholdSigning
import WalletActions

/// What a ledger tells to people.
@Suite struct NodeStoryTests {
    @Test(
        "A window's story has its seed, choice, signing, transaction and end; a node's has its starts, halts and windows"
    )
    func executed() throws {
        let fleet = try NodeFleet()
        try fleet.expectRedemptionAndHeartbeat()
        let node = fleet.nodes[0]
        var story = NodeStory()
        for event in node.events { story.apply(event) }
        #expect(story.boots == 1)
        let key = WindowKey(wallet: fleet.identity.hash, coordinationBlock: BlockNumber(24))
        let window = try #require(story.windows[key])
        #expect(window.seedHash == fleet.host[BlockNumber(24 - NodeFleet.profile.safeBlockShift)]?.block.hash)
        #expect(window.vote?.proposal.action == .redemption)
        #expect(window.handedOver == window.vote?.digest)
        #expect(window.outcome == .executed)
        let report = try #require(window.signing)
        #expect(report.ready.count >= 3 && report.blamed.isEmpty)
        #expect(window.signed?.transaction?.txid == fleet.published.first?.txid)
        #expect(window.faults.isEmpty)
        #expect(window.sentences.contains { $0.hasPrefix("24 signing ends signed: ") })
        #expect(window.sentences.last?.hasPrefix("24 record ") == true, "the record ends last")
        let heartbeat = try #require(
            story.windows[WindowKey(wallet: fleet.identity.hash, coordinationBlock: BlockNumber(48))])
        #expect(heartbeat.vote?.proposal.action == .heartbeat && heartbeat.signed == nil)

        story.apply(.halted(key.wallet, reason: "signing.broken"))
        #expect(story.halted == [key.wallet: "signing.broken"])
        story.apply(.haltEnded(key.wallet))
        #expect(story.halted.isEmpty)
        story.forget(key)
        #expect(story.windows[key] == nil)
    }

    @Test("A charge stands in its window's story until it is dropped; who spoils a signing is named with what it did")
    func charged() {
        let wallet = WalletPublicKeyHash(hash160([1]))
        let key = WindowKey(wallet: wallet, coordinationBlock: BlockNumber(24))
        let fault = Fault(
            kind: .leaderMistake, culprit: EthereumAddress(hash160([2])), wallet: wallet,
            coordinationBlock: BlockNumber(24), rule: "redemption.value", evidence: [])
        var story = NodeStory()
        story.apply(.fault(fault))
        #expect(story.windows[key]?.faults == [fault])
        story.apply(.faultDecided(fault, stands: false))
        #expect(story.windows[key]?.faults == [])
        let report = SigningReport(
            isSigned: false, ready: [1, 2, 3].map { SeatNumber($0) },
            sessions: [
                .init(
                    number: 1, seats: [1, 2, 3].map { SeatNumber($0) }, open: OpenInputs([0]),
                    silent: [SeatNumber(2), SeatNumber(3)])
            ],
            blamed: [SeatNumber(3): .badShare(session: 1, input: 0)])
        story.apply(.signingEnded(key, job: sha256([1]), report))
        #expect(
            story.windows[key]?.sentences.last
                == "24 signing ends unsigned: 3 seats ready, sessions of ours: 1, seat 3 gives a bad share for input 0 of session 1"
        )
    }
}
