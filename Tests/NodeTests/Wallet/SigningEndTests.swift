import Bitcoin
import Coordination
import Node
import Primitives
import Testing
import WalletActions

/// How a job's signing begins beside an older one, and how it ends.
@Suite struct SigningEndTests {
    @Test("Signing messages that come before the second job began here are held, not given to the first job")
    func earlyForSecondJob() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 47, calls: [5: [fleet.request(1)]])
        let election = try fleet.election(48)
        let slow = try fleet.node(election.leaderOrder[0])
        // Only the slow coordinator may lead the signing, and its sources answer a block later than the others'.
        fleet.loses = { from, _, kind in kind == .frostRequest && from != slow.me }
        fleet.run(to: 61)
        slow.isUnanswered = true
        fleet.step()
        #expect(slow.handedOver(48))
        slow.answerReads(in: fleet)
        fleet.deliver()
        fleet.run(to: 71)
        #expect(slow.outcomes(48) == [.executed])
    }

    @Test("Signatures completed after the action expired are used all the same: the transaction goes out")
    func lateSignatures() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        fleet.loses = { _, _, kind in kind == .frostShares }
        fleet.run(to: 56)
        #expect(fleet.published.isEmpty)
        for node in fleet.nodes { #expect(node.outcomes(24) == [.actionExpired]) }
        fleet.loses = { _, _, _ in false }
        let shares = try fleet.wire.filter { try Envelope(decoding: $0.envelope).kind == .frostShares }
        for share in shares { try fleet.node(share.to).receive(share.envelope, from: share.from, in: fleet) }
        fleet.deliver()
        #expect(fleet.published.count == 1)
        for node in fleet.nodes { #expect(node.outcomes(24) == [.actionExpired], "exactly one final outcome") }
    }

    @Test(
        "Once a first spend has come to light, no share leaves for a second and none is completed, prepared or released (A3)",
        arguments: [MessageKind.frostNonces, .frostShares])
    func secondSpend(lost: MessageKind) throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)], 20: [fleet.request(2)]])
        fleet.loses = { _, _, kind in kind == .frostShares }
        fleet.run(to: 47)
        let late = try fleet.node(try fleet.election(24).leaderOrder[0])
        let others = fleet.nodes.filter { $0 !== late }
        func shares(_ start: UInt64) throws -> [(from: EthereumAddress, to: EthereumAddress, envelope: Bytes)] {
            try fleet.wire.filter {
                let envelope = try Envelope(decoding: $0.envelope)
                return envelope.kind == .frostShares && envelope.coordinationBlock.rawValue == start
            }
        }
        // It still has the signers of the first window; the others begin to sign the second window's transaction.
        late.isBehind = true
        // The first transaction's fee is too low by now, so the second is another one.
        fleet.overrides = { query in
            guard case .bitcoin(.feeQuotes) = query else { return nil }
            return .bitcoin(.feeQuotes([FeeQuote(estimate: 40, mempoolMinimum: 30)]))
        }
        fleet.loses = { _, _, kind in kind == .frostShares || kind == lost }
        fleet.run(to: 64)
        let states = others.compactMap { $0.records(48).last?.state }
        #expect(states.count == others.count)
        #expect(states.contains(.releasing) == (lost == .frostShares), "\(states)")
        for node in others { #expect(node.outcomes(24) == [.actionExpired]) }
        for share in try shares(24) where share.to == late.me {
            late.receive(share.envelope, from: share.from, in: fleet)
        }
        #expect(fleet.published.count == 1, "the first transaction is signed after all")
        fleet.run(to: 66)
        let said = try shares(48)
        #expect(said.isEmpty == (lost == .frostNonces))
        // What was lost arrives after all, and nothing is lost any more.
        fleet.loses = { _, _, _ in false }
        for share in said { try fleet.node(share.to).receive(share.envelope, from: share.from, in: fleet) }
        fleet.run(to: 80)
        #expect(try shares(48).count == said.count, "a share left")
        let conflicted = Outcome.actionFailed(ActionFailure.recordConflicted.id)
        for node in others {
            #expect(!node.records(48).contains { $0.signedBytes != nil }, "a second spend is signed")
            #expect(node.outcomes(48) == [conflicted])
        }
        #expect(fleet.published.count == 1)
    }

    @Test("What a link may have lost is said again byte for byte once it stands: votes, nonces, requests, answers")
    func saidAgain() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let (leader, node) = (try fleet.node(election.leaderOrder[0]), try fleet.node(election.leaderOrder[3]))
        var kinds: Set<MessageKind> = []
        for (block, kind) in [
            (UInt64(25), MessageKind.proposal), (27, .verdict), (38, .frostNonces), (38, .frostShares),
        ] {
            fleet.loses = { _, _, lost in lost == .frostRequest && kind != .frostShares || lost == .signResult }
            fleet.run(to: block)
            for (one, other) in [(leader, node), (node, leader)] {
                let said = fleet.wire.count
                one.link(other.me, isUp: false, in: fleet)
                one.link(other.me, isUp: true, in: fleet)
                for message in fleet.wire[said...] {
                    let envelope = try Envelope(decoding: message.envelope)
                    #expect(message.to == other.me)
                    guard ![.signReady, .signResult].contains(envelope.kind) else { continue }
                    kinds.insert(envelope.kind)
                    #expect(
                        fleet.wire[..<said].contains {
                            $0.from == one.me && $0.to == other.me && $0.envelope == message.envelope
                        }, "\(envelope.kind)")
                }
            }
            fleet.deliver()
        }
        #expect(kinds.isSuperset(of: [.proposal, .verdict, .frostNonces]))
        #expect(leader.conflicts.isEmpty && node.conflicts.isEmpty)
    }

    @Test("No share leaves after the deadline, also where the action ended before our signers did")
    func deadlineHolds() throws {
        var asked = 0
        for place in 0..<5 {
            let fleet = try NodeFleet()
            let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
            let node = try fleet.node(election.leaderOrder[place])
            fleet.loses = { _, to, kind in to == node.me && (kind == .frostRequest || kind == .signResult) }
            fleet.run(to: 51)
            guard node.outcomes(24) == [.executed] else { continue }
            let requests = try fleet.wire.filter {
                try $0.to == node.me && Envelope(decoding: $0.envelope).kind == .frostRequest
            }
            let sent = fleet.wire.count
            for request in requests { node.receive(request.envelope, from: request.from, in: fleet) }
            asked += requests.count
            let late = try fleet.wire[sent...].filter { try Envelope(decoding: $0.envelope).kind == .frostShares }
            #expect(late.isEmpty, "place \(place)")
        }
        #expect(asked > 0)
    }
}
