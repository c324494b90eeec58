import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// Whole jobs of several operators (threshold-signing.md §10, §11, §17 "ROAST").
@Suite(.eachArithmetic) struct SigningMachineTests {
    private static let pairs = (0..<5).flatMap { first in (0..<5).filter { $0 > first }.map { (first, $0) } }

    private func others(_ faulty: Int...) -> [Int] { (0..<5).filter { !faulty.contains($0) } }

    // Enough blocks for every instance to begin.
    private func run(_ fleet: Fleet, blocks: UInt64 = 8) {
        fleet.begin()
        fleet.deliver()
        fleet.blocks(blocks)
    }

    // Who answers first waits for no one: seats that are free open a second session beside the first (§11).
    @Test("Without a fault the first instance signs every input within its first session", arguments: [1, 2, 21])
    func everybody(inputs: Int) throws {
        let fleet = try Fleet(inputs: Fleet.inputs(inputs))
        fleet.begin()
        fleet.deliver()
        try fleet.expectSigned(0..<5)
        let sessions = fleet.operators[0].report.sessions
        #expect(sessions.first?.open.count == inputs)
        #expect(sessions.first?.silent == [])
        #expect(sessions.count <= 2)
        #expect(fleet.operators[0].report.blamed.isEmpty)
        #expect(fleet.operators[1].report.sessions.isEmpty)
    }

    @Test("Any n - t silent operators do not stop a job", arguments: pairs)
    func silent(first: Int, second: Int) throws {
        let fleet = try Fleet()
        fleet.down = [first, second]
        run(fleet)
        try fleet.expectSigned(others(first, second))
    }

    @Test("One operator silent in the nonce round and another in the share round do not stop a job", arguments: pairs)
    func silentInEachRound(first: Int, second: Int) throws {
        for (nonces, shares) in [(first, second), (second, first)] {
            let fleet = try Fleet()
            fleet.adversary = { packet in
                packet.from == nonces && packet.kind == .frostNonces
                    || packet.from == shares && packet.kind == .frostShares ? [] : [packet]
            }
            run(fleet)
            try fleet.expectSigned(0..<5, "nonces of \(nonces), shares of \(shares)")
        }
    }

    @Test("Any n - t operators with wrong shares do not stop a job, and are named", arguments: pairs)
    func corrupt(first: Int, second: Int) throws {
        let fleet = try Fleet()
        fleet.adversary = { packet in
            packet.kind == .frostShares && [first, second].contains(packet.from)
                ? [packet.flipped(Fleet.Packet.shareOffset(0) + 31)] : [packet]
        }
        run(fleet)
        try fleet.expectSigned(0..<5)
        for coordinator in fleet.operators {
            for (seat, blame) in coordinator.report.blamed {
                #expect([first + 1, second + 1].contains(Int(seat.rawValue)))
                guard case .badShare(_, input: 0) = blame else {
                    Issue.record("another blame: \(blame)")
                    continue
                }
            }
        }
    }

    @Test("One silent operator and one with wrong shares do not stop a job", arguments: pairs)
    func mixed(silent: Int, corrupt: Int) throws {
        let fleet = try Fleet()
        fleet.down = [silent]
        fleet.adversary = { packet in
            packet.kind == .frostShares && packet.from == corrupt
                ? [packet.flipped(Fleet.Packet.shareOffset(0))] : [packet]
        }
        run(fleet)
        try fleet.expectSigned(others(silent, corrupt))
    }

    @Test("Operators that lose every other message do not stop a job", arguments: pairs)
    func flapping(first: Int, second: Int) throws {
        let fleet = try Fleet()
        var count = 0
        fleet.adversary = { packet in
            guard [first, second].contains(packet.from) || [first, second].contains(packet.to) else { return [packet] }
            count += 1
            return count.isMultiple(of: 2) ? [packet] : []
        }
        run(fleet, blocks: 16)
        try fleet.expectSigned(others(first, second))
    }

    @Test(
        "A link that drops with nonces, a request or an answer under way costs no seat: each is said again",
        arguments: [MessageKind.frostNonces, .frostRequest, .frostShares], [true, false])
    func droppedLink(kind: MessageKind, isNoticed: Bool) throws {
        let fleet = try Fleet()
        // Two are away and only the first instance gets anywhere: every one of the others is needed.
        fleet.down = [3, 4]
        func passes(_ packet: Fleet.Packet) -> Bool { packet.kind != .frostRequest || packet.from == 0 }
        var lost = 0
        fleet.adversary = { packet in
            if packet.kind == kind, [packet.from, packet.to].allSatisfy([0, 1].contains) {
                lost += 1
                return []
            }
            return passes(packet) ? [packet] : []
        }
        fleet.begin()
        fleet.deliver()
        #expect(lost > 0)
        #expect(fleet.operators.allSatisfy { $0.signatures == nil })
        fleet.adversary = { passes($0) ? [$0] : [] }
        if isNoticed {
            fleet.link(0, 1)
            fleet.deliver()
        } else {
            // Nonces are renewed, and what was asked is asked again after four blocks.
            fleet.blocks(4)
        }
        try fleet.expectSigned(0..<3)
        #expect(fleet.operators[0].report.sessions.count == 1)
    }

    @Test("A result and a `ready` that a link lost come again with the next link")
    func droppedResult() throws {
        let fleet = try Fleet(inputs: Fleet.inputs(2))
        fleet.adversary = { packet in packet.to == 4 ? [] : [packet] }
        run(fleet, blocks: 1)
        try fleet.expectSigned(0..<4)
        fleet.adversary = { [$0] }
        fleet.link(4, 2)
        fleet.deliver()
        try fleet.expectSigned([4])
    }

    @Test("Leaving out the share of the last input is silence: nothing of the message is taken")
    func lastInputMissing() throws {
        let fleet = try Fleet(inputs: Fleet.inputs(3))
        fleet.adversary = { packet in
            guard packet.kind == .frostShares, packet.from == 1 else { return [packet] }
            var cut = packet
            let offset = Fleet.Packet.shareOffset(2)
            cut.payload.removeSubrange(offset..<offset + 32)
            return [cut]
        }
        run(fleet)
        try fleet.expectSigned(0..<5)
        #expect(fleet.operators[0].drops.contains(.malformed))
        #expect(fleet.operators[0].report.blamed.isEmpty)
    }

    @Test("A wrong share on one input of 21 costs that input a second session and names its sender")
    func oneInputOf21() throws {
        let fleet = try Fleet(inputs: Fleet.inputs(21))
        fleet.adversary = { packet in
            packet.kind == .frostShares && packet.from == 1
                ? [packet.flipped(Fleet.Packet.shareOffset(13) + 8)] : [packet]
        }
        fleet.begin()
        fleet.deliver()
        try fleet.expectSigned(0..<5)
        let report = fleet.operators[0].report
        #expect(report.blamed == [SeatNumber(2): .badShare(session: 0, input: 13)])
        #expect(report.sessions.first?.open == OpenInputs(0..<21))
        #expect(report.sessions.last?.open == OpenInputs([13]))
    }

    @Test("A share that is no scalar puts its sender out at once")
    func shareOutOfRange() throws {
        let fleet = try Fleet()
        fleet.adversary = { packet in
            guard packet.kind == .frostShares, packet.from == 2 else { return [packet] }
            var bad = packet
            let offset = Fleet.Packet.shareOffset(0)
            bad.payload.replaceSubrange(offset..<offset + 32, with: Bytes(repeating: 0xff, count: 32))
            return [bad]
        }
        run(fleet)
        try fleet.expectSigned(0..<5)
        #expect(fleet.operators[0].report.blamed == [SeatNumber(3): .shareRange(session: 0)])
    }

    @Test("A coordinator that dies in mid-session leaves the job to the next instance")
    func coordinatorDies() throws {
        let fleet = try Fleet()
        fleet.adversary = { packet in packet.to == 0 && packet.kind == .frostShares ? [] : [packet] }
        fleet.begin()
        fleet.deliver()
        #expect(fleet.operators.allSatisfy { $0.signatures == nil })
        fleet.down = [0]
        fleet.blocks(1)
        #expect(fleet.operators.allSatisfy { $0.signatures == nil }, "instance 1 begins two blocks after begin")
        fleet.blocks(1)
        try fleet.expectSigned(1..<5)
        #expect(fleet.operators[1].report.sessions.first?.silent == [])
    }

    @Test("Two coordinators at once share no nonce, and either may finish")
    func twoCoordinators() throws {
        let fleet = try Fleet()
        // Every share is held back until both instances have their sessions open.
        var held: [Fleet.Packet] = []
        fleet.adversary = { packet in
            guard packet.kind == .frostShares else { return [packet] }
            held.append(packet)
            return []
        }
        run(fleet, blocks: 2)
        #expect(Set(held.map(\.to)) == [0, 1])
        fleet.adversary = { [$0] }
        for packet in held.reversed() { fleet.hand(packet) }
        fleet.deliver()
        try fleet.expectSigned(0..<5)
    }

    @Test("A signer that restarts while it waits offers new nonces and takes part again")
    func restartWhileReady() throws {
        let fleet = try Fleet()
        // Two operators are away, so the three others wait with their nonces for the third.
        fleet.down = [3, 4]
        fleet.adversary = { packet in packet.kind == .frostNonces && packet.from == 2 ? [] : [packet] }
        fleet.begin()
        fleet.deliver()
        let before = fleet.operators[1].markers
        try fleet.restart(1)
        fleet.adversary = { [$0] }
        try fleet.restart(2)
        fleet.deliver()
        try fleet.expectSigned(0..<3)
        #expect(fleet.operators[1].markers.count > before.count)
        let attempts = fleet.operators[1].releases.flatMap(\.attempts)
        #expect(attempts.allSatisfy { $0 >= 16 }, "the first numbers are forfeited")
    }

    @Test("A signer that restarts while its answer is awaited is out of that instance, not of the job")
    func restartWhilePending() throws {
        let fleet = try Fleet()
        fleet.down = [3, 4]
        fleet.adversary = { packet in packet.kind == .frostRequest && packet.to == 1 ? [] : [packet] }
        fleet.begin()
        fleet.deliver()
        fleet.adversary = { [$0] }
        try fleet.restart(1)
        fleet.deliver()
        #expect(fleet.operators[1].signatures == nil)
        #expect(fleet.operators[0].report.sessions.map(\.silent) == [[SeatNumber(2)]])
        fleet.blocks(2)
        try fleet.expectSigned(0..<3)
    }

    @Test("A coordinator that restarts counts its sessions on, so that its requests are no repeats")
    func coordinatorRestarts() throws {
        let fleet = try Fleet()
        fleet.down = [3, 4]
        fleet.adversary = { packet in packet.kind == .frostShares ? [] : [packet] }
        fleet.begin()
        fleet.deliver()
        // Only the first instance is to get anywhere.
        fleet.adversary = { packet in packet.kind == .frostRequest && packet.from != 0 ? [] : [packet] }
        try fleet.restart(0)
        // The signers renew their nonces after 40 s, which shows them to the new process.
        fleet.blocks(4)
        try fleet.expectSigned(0..<3)
        #expect(fleet.operators[1].drops.allSatisfy { $0 != .secondRequest })
        #expect(fleet.operators[0].report.sessions.first?.number ?? 0 >= 16)
    }

    @Test("Same start, same inputs, same generator bytes: same messages")
    func deterministic() throws {
        func trace() throws -> [Fleet.Packet] {
            let fleet = try Fleet(inputs: Fleet.inputs(2))
            var packets: [Fleet.Packet] = []
            fleet.adversary = { packet in
                packets.append(packet)
                return packet.from == 2 ? [] : [packet]
            }
            run(fleet)
            return packets
        }
        let first = try trace()
        #expect(first.count > 10)
        #expect(try trace() == first)
    }

    @Test("In random order of messages, with random faults of n - t operators, a job is signed", arguments: 0..<60)
    func randomSchedules(seed: Int) throws {
        var random = SeededRandom("schedule \(seed)")
        let fleet = try Fleet(inputs: Fleet.inputs(1 + random.below(2)), seed: "\(seed)")
        fleet.disorder = random
        var order = Array(0..<5)
        random.shuffle(&order)
        let faulty = Set(order.prefix(2))
        fleet.adversary = { packet in
            guard faulty.contains(packet.from), packet.kind != .signReady else { return [packet] }
            switch random.below(4) {
            case 0: return []
            case 1: return [packet.flipped(32 + random.below(packet.payload.count - 32))]
            case 2: return [packet, packet]
            default: return [packet]
            }
        }
        run(fleet, blocks: 20)
        try fleet.expectSigned((0..<5).filter { !faulty.contains($0) }, "seed \(seed)")
        for who in fleet.operators {
            #expect(who.report.sessions.count <= fleet.job.mostSessions)
        }
    }

    // MARK: - Ends

    @Test("A released share of nobody: the job expires at its deadline, and nothing is taken any more")
    func deadlineWithoutRelease() throws {
        let fleet = try Fleet(deadline: 103)
        fleet.down = [1, 2, 3]
        run(fleet, blocks: 3)
        #expect(fleet.operators[0].outcome.isEmpty)
        fleet.blocks(1)
        #expect(fleet.operators[0].failure == .deadline)
        #expect(fleet.operators[0].releases.isEmpty)
        fleet.down = []
        fleet.blocks(1)
        #expect(fleet.operators[0].signatures == nil)
        #expect(fleet.operators[0].machine.nextRenewal == nil, "all nonces are wiped")
    }

    @Test("After the deadline no share leaves, but shares that left are still made a signature of")
    func deadlineAfterRelease() throws {
        let fleet = try Fleet(deadline: 101)
        var held: [Fleet.Packet] = []
        fleet.adversary = { packet in
            guard packet.kind == .frostShares else { return [packet] }
            held.append(packet)
            return []
        }
        run(fleet, blocks: 1)
        let released = fleet.operators.map(\.releases.count)
        #expect(released[0..<3].allSatisfy { $0 > 0 })
        fleet.adversary = { [$0] }
        fleet.blocks(2)
        for index in 0..<3 { #expect(fleet.operators[index].machine.phase == .lingering) }
        for packet in held { fleet.hand(packet) }
        fleet.deliver()
        try fleet.expectSigned(0..<3)
        #expect(fleet.operators.map(\.releases.count) == released)
    }

    @Test("A release before a restart counts at the deadline: the job waits for what is under way")
    func deadlineAfterRestart() throws {
        let fleet = try Fleet(deadline: 101)
        fleet.adversary = { packet in packet.kind == .frostShares ? [] : [packet] }
        run(fleet, blocks: 1)
        fleet.adversary = { _ in [] }
        try fleet.restart(1)
        fleet.blocks(1)
        #expect(fleet.operators[1].machine.phase == .lingering)
        #expect(fleet.operators[1].outcome.isEmpty)
    }

    @Test("When the agreement is lost the job ends, and no share leaves")
    func agreementLost() throws {
        let fleet = try Fleet()
        fleet.begin()
        for index in 0..<5 { fleet.input(index) { machine, _, _ in machine.agreementLost() } }
        fleet.deliver()
        fleet.blocks(6)
        for who in fleet.operators {
            #expect(who.failure == .equivocation)
            #expect(who.outcome.count == 1)
            #expect(who.releases.isEmpty)
            #expect(who.machine.nextRenewal == nil)
        }
    }

    @Test("Members that are ready for other digests of the window hold shares back for 4 blocks in all, once a job")
    func foreignDigest() throws {
        let fleet = try Fleet()
        fleet.begin()
        let other = try #require(ProposalDigest(sha256("another proposal".utf8).bytes))
        func hear(from sender: EthereumAddress, _ proposal: ProposalDigest? = nil) -> [SigningDrop] {
            let ready = SigningReady(
                job: sha256("another job".utf8), proposal: proposal ?? other, seats: [SeatNumber(5)])
            var drops: [SigningDrop] = []
            for index in 0..<4 {
                fleet.input(index) { machine, now, random in
                    let payload = SigningMessage.ready(ready).encoded
                    let effects = machine.received(
                        .signReady, payload: payload, from: sender, now: now, random: &random)
                    for case .dropped(let drop, _) in effects { drops.append(drop) }
                    return []
                }
            }
            return drops
        }
        #expect(hear(from: fleet.addresses[4]) == [])
        #expect(hear(from: EthereumAddress(hash160([9]))) == Array(repeating: .notAMember, count: 4))
        fleet.deliver()
        fleet.blocks(2)
        #expect(hear(from: fleet.addresses[4]) == Array(repeating: .duplicate, count: 4))
        // Two more liars, each with a digest of its own, hold nothing beyond that.
        for liar in [2, 3] {
            let digest = try #require(ProposalDigest(sha256("proposal of \(liar)".utf8).bytes))
            #expect(hear(from: fleet.addresses[liar], digest) == Array(repeating: .duplicate, count: 4))
        }
        fleet.blocks(1)
        #expect(fleet.operators[0..<4].allSatisfy { $0.releases.isEmpty })
        fleet.blocks(1)
        try fleet.expectSigned(0..<4)
    }

    // MARK: - Results and announcements

    @Test("Ready is announced at the hand-over and every 4 blocks until the job ends")
    func ready() throws {
        let fleet = try Fleet(deadline: 110)
        var announced: [UInt64] = []
        fleet.adversary = { packet in
            if packet.kind == .signReady, packet.from == 0, packet.to == 1 { announced.append(fleet.block.rawValue) }
            return []
        }
        run(fleet, blocks: 14)
        #expect(announced == [100, 104, 108])
    }

    @Test("Who was away learns the signatures from whoever hears it is ready")
    func lateComer() throws {
        let fleet = try Fleet(inputs: Fleet.inputs(2))
        fleet.down = [4]
        run(fleet, blocks: 2)
        try fleet.expectSigned(0..<4)
        fleet.down = []
        fleet.input(4) { machine, _, _ in machine.began(at: BlockNumber(102)) }
        fleet.deliver()
        try fleet.expectSigned([4])
        #expect(fleet.operators[4].releases.isEmpty)
    }

    @Test("A result counts from anybody if it verifies, and only then")
    func results() throws {
        let signed = try Fleet(inputs: Fleet.inputs(2))
        run(signed)
        let signatures = try #require(signed.operators[0].signatures)
        let entries = signatures.enumerated().map { SigningResult.Entry(input: UInt32($0), signature: $1) }
        func hear(_ fleet: Fleet, _ entries: [SigningResult.Entry]) {
            let payload = SigningMessage.result(SigningResult(job: fleet.job.id, entries: entries)).encoded
            fleet.hand(Fleet.Packet(from: 3, to: 1, kind: .signResult, payload: payload))
        }

        let fleet = try Fleet(inputs: Fleet.inputs(2))
        fleet.begin()
        let swapped = [
            SigningResult.Entry(input: 0, signature: signatures[1]),
            SigningResult.Entry(input: 1, signature: signatures[0]),
        ]
        hear(fleet, swapped)
        #expect(fleet.operators[1].drops == [.signature, .signature])
        hear(fleet, [entries[0], swapped[1]])
        #expect(fleet.operators[1].machine.signatures[0] == signatures[0])
        #expect(fleet.operators[1].outcome.isEmpty)
        hear(fleet, [entries[1]])
        try fleet.expectSigned([1])
        #expect(fleet.operators[1].machine.nextRenewal == nil, "all nonces are wiped")
    }

    @Test("Strangers, other jobs, other coordinators and early messages are dropped")
    func drops() throws {
        let fleet = try Fleet()
        fleet.begin()
        let stranger = EthereumAddress(hash160(Bytes("stranger".utf8)))
        let ready = SigningReady(job: fleet.job.id, proposal: fleet.job.proposal, seats: [SeatNumber(2)])
        func hear(_ message: SigningMessage, from sender: EthereumAddress) -> SigningDrop? {
            var drop: SigningDrop?
            fleet.input(0) { machine, now, random in
                for case .dropped(let reason, _) in machine.received(
                    message.kind, payload: message.encoded, from: sender, now: now, random: &random)
                { drop = reason }
                return []
            }
            return drop
        }
        #expect(hear(.ready(ready), from: fleet.addresses[1]) == nil)
        #expect(hear(.ready(ready), from: stranger) == .notAMember)
        #expect(hear(.ready(ready), from: fleet.addresses[2]) == .notAMember)
        let elsewhere = SigningReady(job: .zero, proposal: ready.proposal, seats: ready.seats)
        #expect(hear(.ready(elsewhere), from: fleet.addresses[1]) == .malformed)
        let entry = FrostNonces.Entry(seat: SeatNumber(2), number: 0, nonces: [TestNonces.encoded(1)])
        for (instance, drop) in [(UInt32(1), SigningDrop.notCoordinator), (2, .early), (9, .early)] {
            let nonces = FrostNonces(job: fleet.job.id, instance: instance, entries: [entry])
            #expect(hear(.nonces(nonces), from: fleet.addresses[1]) == drop)
        }
        let shares = FrostShares(
            job: fleet.job.id, instance: 0, number: 0, requestDigest: .zero,
            entries: [
                FrostShares.Entry(
                    seat: SeatNumber(2), shares: [PartialSignature(.zero)], nextNumber: 1,
                    nextNonces: [TestNonces.encoded(2)])
            ])
        #expect(hear(.shares(shares), from: fleet.addresses[1]) == .session)
    }

    @Test("Markers that come late delay an operator and cost nothing else")
    func slowDisk() throws {
        let fleet = try Fleet()
        fleet.diskIsSlow = true
        fleet.begin()
        fleet.deliver()
        #expect(fleet.operators.allSatisfy { $0.releases.isEmpty })
        fleet.confirmMarkers()
        fleet.deliver()
        try fleet.expectSigned(0..<5)
    }
}
