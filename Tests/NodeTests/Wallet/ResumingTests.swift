import ChainModels
import Coordination
import Node
import Primitives
import Testing

/// What a start finds on disk, and what it makes of it (durability-and-events.md §3, wallet-actions.md §12).
@Suite struct ResumingTests {
    @Test("A complete set of accepts that was on disk in time is handed over, also when the grace is over")
    func completeSet() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[3])
        fleet.run(to: 30)
        node.kill()
        // The two that are left cannot sign without it.
        for place in [2, 4] { try fleet.node(election.leaderOrder[place]).kill() }
        fleet.run(to: 41)
        node.start(in: fleet)
        fleet.run(to: 47)
        #expect(node.handedOver(24))
        #expect(node.outcomes(24) == [.executed])
    }

    @Test("After a restart with a head that lags, an action that was handed over waits for its block")
    func laggingHead() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[4])
        fleet.run(to: 37)
        // It hands over, and can ask its sources nothing before it stops.
        node.isUnanswered = true
        fleet.run(to: 38)
        #expect(node.handedOver(24))
        node.kill()
        node.isUnanswered = false
        func records() -> Int { node.events.count { if case .record = $0 { true } else { false } } }
        node.start(in: fleet, at: try #require(fleet.host[BlockNumber(36)]).block)
        #expect(records() == 0)
        node.hear(try #require(fleet.host[BlockNumber(37)]).block, in: fleet)
        #expect(records() == 0)
        node.hear(try #require(fleet.host[BlockNumber(38)]).block, in: fleet)
        #expect(records() > 0)
        fleet.run(to: 47)
        #expect(node.outcomes(24) == [.executed])
    }

    @Test("Too few accepts on disk are a missed window, and nothing else is written of it")
    func tooFew() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[3])
        // It hears the leader, and nobody's accept.
        fleet.loses = { _, to, kind in to == node.me && kind == .verdict }
        fleet.run(to: 26)
        fleet.loses = { _, to, kind in to == node.me && (kind == .verdict || kind == .proposal) }
        fleet.run(to: 30)
        node.kill()
        fleet.run(to: 41)
        node.start(in: fleet)
        fleet.run(to: 47)
        #expect(node.outcomes(24) == [.missed])
        #expect(!node.handedOver(24))
    }

    @Test(
        "What was handed over goes on after a restart only if the accepts left, equivocators taken away, still suffice",
        arguments: [2, 3], [false, true])
    func countedAgain(equivocators: Int, drains: Bool) throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let node = try fleet.node(election.leaderOrder[4])
        // It hands over, and can ask its sources nothing before it stops.
        fleet.run(to: 37)
        if drains { node.drain(in: fleet) }
        fleet.loses = { from, to, kind in
            (from == node.me || to == node.me) && kind != .proposal && kind != .verdict
        }
        node.isUnanswered = true
        fleet.run(to: 38)
        #expect(node.handedOver(24))
        let other = try #require(ProposalDigest(sha256("another proposal".utf8).bytes))
        let block = BlockReference(number: BlockNumber(24), hash: .zero)
        let verdict = Verdict(digest: other, answer: .accept, block: block).encoded
        if drains {
            // While it drains nobody asks what became of the agreement.
            for place in 0..<equivocators {
                let liar = try fleet.node(election.leaderOrder[place])
                node.receive(try fleet.forge(.verdict, verdict, by: liar, window: 24), from: liar.me, in: fleet)
            }
            node.kill()
        } else {
            // The process dies with the last of them on disk, before it acted on it.
            for place in 0..<equivocators - 1 {
                let liar = try fleet.node(election.leaderOrder[place])
                node.receive(try fleet.forge(.verdict, verdict, by: liar, window: 24), from: liar.me, in: fleet)
            }
            let liar = try fleet.node(election.leaderOrder[equivocators - 1])
            node.countFromHere()
            node.crash = (1, .afterCommit)
            node.receive(try fleet.forge(.verdict, verdict, by: liar, window: 24), from: liar.me, in: fleet)
            node.crash = nil
        }
        fleet.loses = { _, _, _ in false }
        node.isUnanswered = false
        let before = fleet.wire.count
        node.start(in: fleet)
        fleet.run(to: 47)
        let said = try fleet.wire[before...].filter { message in
            let envelope = try Envelope(decoding: message.envelope)
            return message.from == node.me && envelope.coordinationBlock.rawValue == 24
                && envelope.kind.scope == .wallet
        }
        if equivocators == 3 {
            #expect(node.outcomes(24) == [.equivocation])
            #expect(said.isEmpty, "nothing of the job leaves")
        } else {
            #expect(node.outcomes(24) == [.executed])
            #expect(!said.isEmpty)
        }
    }

    @Test("A session number that a coordinator repeats after our restart is refused, and no intent is contradicted")
    func repeatedSession() throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 23, calls: [5: [fleet.request(1)]])
        let (liar, node) = (try fleet.node(election.leaderOrder[0]), try fleet.node(election.leaderOrder[3]))
        fleet.loses = { _, to, kind in to == node.me && kind == .frostRequest }
        fleet.run(to: 37)
        fleet.loses = { _, to, kind in kind == .frostRequest || kind == .signResult }
        fleet.run(to: 38)
        let seat = try #require(fleet.group.lowestSeat(of: node.me))
        /// Asks for a share by the nonces that the node offered last, always under session 0.
        func ask() throws {
            let offers = try fleet.wire.compactMap { message -> Bytes? in
                let envelope = try Envelope(decoding: message.envelope)
                guard message.from == node.me, message.to == liar.me, envelope.kind == .frostNonces else { return nil }
                return envelope.payload
            }
            let offer = try #require(offers.last)
            // Job and instance; session 0, input 0; three seats with a number each; a sum, which is any nonce.
            var request = Bytes(offer.prefix(36)) + Bytes(repeating: 0, count: 4)
            request.append(bigEndian: UInt32(1))
            let others = fleet.group.seats.indices.map { SeatNumber(UInt16($0 + 1)) }.filter { $0 != seat }.prefix(2)
            for member in ([seat] + others).sorted() {
                request.append(bigEndian: UInt32(member.rawValue))
                request.append(contentsOf: member == seat ? Bytes(offer[40..<44]) : Bytes(repeating: 0, count: 4))
            }
            request.append(contentsOf: offer[44..<110])
            node.receive(try fleet.forge(.frostRequest, request, by: liar, window: 24), from: liar.me, in: fleet)
        }
        /// How many different answers it gave; one may be said again.
        func shares() throws -> Int {
            let said = try fleet.wire.filter {
                try $0.from == node.me && Envelope(decoding: $0.envelope).kind == .frostShares
            }
            return Set(said.map(\.envelope)).count
        }
        try ask()
        #expect(try shares() == 1)
        try ask()
        #expect(try shares() == 1)
        node.kill()
        node.start(in: fleet)
        // Only a block that it saw arrive tells it that the head is fresh.
        fleet.run(to: 39)
        try ask()
        #expect(try shares() == 1)
        #expect(node.drops.map(\.reason).suffix(1) == ["signing.second_request"])
        #expect(node.conflicts.isEmpty)
        #expect(node.isUp)
    }

    @Test("A provisional fault is decided from the final chain, also after a restart", arguments: [false, true])
    func provisionalFault(restarts: Bool) throws {
        let fleet = try NodeFleet()
        let election = try fleet.election(after: 24, calls: [:])
        let liar = try fleet.node(election.leaderOrder[4])
        let node = try fleet.node(election.leaderOrder[3])
        let forged = try fleet.forge(
            .proposal, Proposal.heartbeat(message: Bytes(repeating: 1, count: 16)).encoded, by: liar, window: 24)
        fleet.post(forged, .proposal, from: liar.me, to: [node.me])
        fleet.deliver()
        #expect(node.faults.map(\.kind) == [.leaderImpersonation])
        if restarts {
            node.kill()
            fleet.step()
            node.start(in: fleet)
            fleet.post(forged, .proposal, from: liar.me, to: [node.me])
            fleet.deliver()
        }
        #expect(node.faults.count == 1, "a repeated message charges nobody twice")
        fleet.run(to: 30)
        let decided = node.events.filter {
            if case .faultDecided(let fault, stands: true) = $0 { fault.culprit == liar.me } else { false }
        }
        #expect(decided.count == 1)
    }
}
