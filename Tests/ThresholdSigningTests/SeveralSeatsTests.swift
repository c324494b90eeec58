import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// Operators that hold several of a wallet's seats, unequally (threshold-signing.md §10.6, §11).
@Suite(.eachArithmetic) struct SeveralSeatsTests {
    /// Whose the seats are, seat 1 first, and how many sign.
    struct Dealing: Sendable, CustomTestStringConvertible {
        let holders: [Int]
        let threshold: Int

        var testDescription: String { "\(threshold) of \(holders.count)" }

        func seats(of operators: some Sequence<Int>) -> Int {
            let operators = Set(operators)
            return holders.count { operators.contains($0) }
        }
    }

    /// Of five operators one holds four of nine seats, or nine of twenty, and one a single seat.
    private static let nine = Dealing(holders: [0, 1, 0, 2, 0, 1, 3, 0, 4], threshold: 5)
    private static let twenty = Dealing(
        holders: [3, 0, 1, 0, 2, 0, 0, 1, 4, 0, 2, 1, 0, 3, 0, 1, 0, 2, 0, 1], threshold: 11)
    private static let subsets = (0..<32).map { bits in (0..<5).filter { bits >> $0 & 1 == 1 } }

    private func fleet(_ dealing: Dealing, inputs: Int = 1, seed: String = "several") throws -> Fleet {
        try Fleet(threshold: dealing.threshold, holders: dealing.holders, inputs: Fleet.inputs(inputs), seed: seed)
    }

    private func nonces(in packet: Fleet.Packet, of fleet: Fleet) throws -> FrostNonces? {
        let message = try SigningMessage(
            decoding: packet.payload, kind: packet.kind, inputCount: fleet.job.inputs.count,
            threshold: fleet.job.key.threshold
        ) { _, _ in fleet.job.inputs.count }
        guard case .nonces(let nonces) = message else { return nil }
        return nonces
    }

    @Test(
        "Seats held unequally sign together, and what they make verifies by BIP-0340",
        arguments: [nine, twenty], [1, 3])
    func together(dealing: Dealing, inputs: Int) throws {
        let fleet = try fleet(dealing, inputs: inputs)
        fleet.begin()
        fleet.deliver()
        try fleet.expectSigned(0..<5)
        for session in fleet.operators[0].report.sessions { #expect(session.seats.count == dealing.threshold) }
        guard EachArithmetic.isCurve else { return }
        for (input, signature) in try #require(fleet.operators[4].signatures).enumerated() {
            var context = TweakContext(fleet.job.key.groupKey)
            if case .taproot(let root) = fleet.job.inputs[input].key { try context.commit(toMerkleRoot: root) }
            #expect(context.outputKey.verifies(signature, message: fleet.job.inputs[input].message.bytes))
        }
    }

    @Test("An operator speaks for all its seats in one message a round", arguments: [nine, twenty])
    func oneMessage(dealing: Dealing) throws {
        let fleet = try fleet(dealing)
        var offers: [Int: [[SeatNumber]]] = [:]
        fleet.adversary = { packet in
            if packet.kind == .frostNonces, let nonces = try? self.nonces(in: packet, of: fleet) {
                offers[packet.from, default: []].append(nonces.entries.map(\.seat))
                #expect(Set(nonces.entries.map(\.number)).count == nonces.entries.count, "a number is one seat's")
            }
            return [packet]
        }
        fleet.begin()
        fleet.deliver()
        for index in 1..<5 {
            #expect(offers[index] == [fleet.job.group.seats(of: fleet.addresses[index])])
            #expect(fleet.operators[0].report.ready.filter { fleet.job.holds([$0], fleet.addresses[index]) }.count > 0)
        }
        #expect(fleet.operators[0].report.ready.count == dealing.holders.count)
    }

    @Test("Whoever is away, the others sign if they hold the threshold, and not otherwise", arguments: subsets)
    func missing(down: [Int]) throws {
        let fleet = try fleet(Self.nine, seed: "\(down)")
        fleet.down = Set(down)
        fleet.begin()
        fleet.deliver()
        fleet.blocks(12)
        let up = Array(Set(0..<5).subtracting(down))
        if Self.nine.seats(of: up) >= Self.nine.threshold {
            try fleet.expectSigned(up)
        } else {
            for index in up { #expect(fleet.operators[index].outcome.isEmpty) }
            #expect(fleet.operators.allSatisfy { $0.releases.isEmpty })
        }
    }

    @Test("A bad share of an operator's second seat blames that seat, and no other of its", arguments: [nine, twenty])
    func badSecondSeat(dealing: Dealing) throws {
        let fleet = try fleet(dealing)
        var bad: SeatNumber?
        fleet.adversary = { packet in
            // Only the instance of operator 1 gets anywhere, and operator 0 answers it for several seats at once.
            if packet.kind == .frostRequest, packet.from == 0 { return [] }
            guard packet.kind == .frostShares, packet.from == 0, packet.to == 1, bad == nil else { return [packet] }
            let place = Fleet.Packet.shareOffset(0, seatAt: 1)
            guard packet.payload.count > place else { return [packet] }
            bad = SeatNumber(UInt16(packet.payload[place - 1]))
            return [packet.flipped(place + 31)]
        }
        fleet.begin()
        fleet.deliver()
        fleet.blocks(8)
        try fleet.expectSigned(0..<5)
        let seat = try #require(bad, "operator 0 answers for two seats at once")
        #expect(fleet.job.group.seats(of: fleet.addresses[0]).dropFirst().contains(seat))
        let blamed = fleet.operators[1].report.blamed
        #expect(blamed.mapValues { if case .badShare = $0 { true } else { false } } == [seat: true])
        #expect(blamed.keys.map { fleet.job.group.operator(of: $0) } == [fleet.addresses[0]])
    }

    @Test("A coordinator calls an operator's seats into different sessions, each attempt into one")
    func apart() throws {
        let fleet = try fleet(Self.nine)
        // Seats 1, 3, 5 and 8 come first, then 2 and 6: the first session takes one of these two.
        fleet.adversary = { packet in packet.from == 0 || packet.to == 0 ? [packet] : [] }
        fleet.begin()
        fleet.deliver()
        fleet.blocks(8)
        let sessions = fleet.operators[0].report.sessions
        let own = Set(fleet.job.group.seats(of: fleet.addresses[1]))
        #expect(sessions.contains { session in session.seats.count { own.contains($0) } == 1 })
        try fleet.expectSigned([0])
    }

    @Test("In random order of messages, with operators of n - t seats faulty, a job is signed", arguments: 0..<40)
    func randomSchedules(seed: Int) throws {
        var random = SeededRandom("seats \(seed)")
        let dealing = seed.isMultiple(of: 2) ? Self.nine : Self.twenty
        let fleet = try fleet(dealing, inputs: 1 + random.below(2), seed: "\(seed)")
        fleet.disorder = random
        var order = Array(0..<5)
        random.shuffle(&order)
        var faulty: Set<Int> = []
        for index in order {
            let more = faulty.union([index])
            if dealing.seats(of: more) <= dealing.holders.count - dealing.threshold { faulty = more }
        }
        fleet.adversary = { packet in
            guard faulty.contains(packet.from), packet.kind != .signReady else { return [packet] }
            switch random.below(4) {
            case 0: return []
            case 1: return [packet.flipped(32 + random.below(packet.payload.count - 32))]
            case 2: return [packet, packet]
            default: return [packet]
            }
        }
        fleet.begin()
        fleet.deliver()
        fleet.blocks(20)
        try fleet.expectSigned((0..<5).filter { !faulty.contains($0) }, "seed \(seed)")
        for who in fleet.operators { #expect(who.report.sessions.count <= fleet.job.mostSessions) }
    }

    @Test("An operator with several seats that restarts forfeits the numbers of all of them")
    func restart() throws {
        let fleet = try fleet(Self.nine)
        // Without operator 0 nobody but all the others together could sign, and one of them is away.
        fleet.down = [0, 4]
        fleet.begin()
        fleet.deliver()
        let before = fleet.operators[1].markers
        try fleet.restart(1)
        fleet.down = []
        fleet.input(0) { machine, _, _ in machine.began(at: fleet.block) }
        fleet.deliver()
        fleet.blocks(6)
        try fleet.expectSigned([0, 1])
        let last = before.map(\.numbers.upperBound).max() ?? 0
        #expect(last >= 16)
        #expect(fleet.operators[1].releases.allSatisfy { $0.attempts.allSatisfy { $0 % 4096 >= UInt64(last) } })
    }

    // MARK: - One signer

    /// The signer of seats 1, 3, 5 and 8 of five of nine, before the coordinator of instance 1.
    private final class Rig {
        let fleet: Fleet
        private var signer: RoastSigner
        private var random = SeededRandom("signer")
        private(set) var offers: [FrostNonces] = []
        private(set) var answers: [FrostShares] = []
        private(set) var releases: [SigningRecord.Release] = []
        private(set) var reservations: [AttemptNumbers] = []
        var diskIsSlow = false

        init(_ dealing: Dealing) throws {
            fleet = try Fleet(threshold: dealing.threshold, holders: dealing.holders)
            signer = RoastSigner(
                job: fleet.job, shares: try fleet.shares(of: 0), sharesUntil: SigningInstant(milliseconds: .max))
            take(signer.slotBegan(instance: 1))
        }

        func take(_ effects: [SigningEffect]) {
            for effect in effects {
                switch effect {
                case .reserve(let numbers):
                    reservations.append(numbers)
                    if !diskIsSlow { confirm() }
                case .send(.nonces(let message), _): offers.append(message)
                case .send(.shares(let message), _): answers.append(message)
                case .record(.releasing(let release)): releases.append(release)
                default: break
                }
            }
        }

        func confirm() {
            guard let numbers = reservations.last else { return }
            take(
                signer.reserved(
                    numbers, at: BlockNumber(102), now: SigningInstant(milliseconds: 1_000_000), random: &random))
        }

        /// What the signer says to a request with these seats, each with the number that it is to use.
        func ask(_ members: [(UInt16, UInt32)], session: UInt32 = 0) -> SigningDrop? {
            let job = fleet.job
            let sum = job.arithmetic.session(
                job.terms(job.key.signerSet(of: [SeatNumber(1)]), input: 0),
                nonces: [TestNonces.encoded(UInt64(session))].compactMap(job.arithmetic.decode)
            ).aggregate
            let request = FrostRequest(
                job: job.id, instance: 1, number: session, open: OpenInputs([0]),
                members: members.map { FrostRequest.Member(seat: SeatNumber($0), number: $1) }, aggregates: [sum])
            let effects = signer.received(
                request, from: fleet.addresses[1], at: BlockNumber(102),
                now: SigningInstant(milliseconds: 1_000_000), random: &random)
            take(effects)
            for case .dropped(let drop, _) in effects { return drop }
            return nil
        }
    }

    @Test("A request for some of our seats is answered for those, and leaves the others their nonces")
    func someSeats() throws {
        let rig = try Rig(Self.nine)
        #expect(rig.offers.map { $0.entries.map(\.seat.rawValue) } == [[1, 3, 5, 8]])
        #expect(rig.offers.map { $0.entries.map(\.number) } == [[0, 1, 2, 3]])
        #expect(rig.ask([(1, 0), (2, 0), (4, 0), (5, 2), (6, 0)]) == nil)
        #expect(rig.answers.map { $0.entries.map(\.seat.rawValue) } == [[1, 5]])
        #expect(rig.answers.map { $0.entries.map(\.nextNumber) } == [[4, 5]])
        #expect(rig.releases.map(\.attempts) == [[4096, 4098]])
        #expect(rig.ask([(3, 1), (5, 5), (6, 1), (7, 0), (8, 3)], session: 1) == nil)
        #expect(rig.answers.last?.entries.map(\.seat.rawValue) == [3, 5, 8])
        #expect(rig.releases.last?.attempts == [4097, 4101, 4099])
    }

    @Test("If we lack the nonces of one of our seats, nothing leaves and none is used up")
    func oneUnknown() throws {
        let rig = try Rig(Self.nine)
        #expect(rig.ask([(1, 0), (2, 0), (3, 0), (4, 0), (6, 0)]) == .nonce, "number 0 is seat 1's, not seat 3's")
        #expect(rig.answers.isEmpty)
        #expect(rig.ask([(2, 0), (4, 0), (6, 0), (7, 0), (9, 0)]) == .members, "none of ours")
        #expect(rig.ask([(1, 0), (2, 0), (3, 1), (4, 0), (6, 0)]) == nil)
        #expect(rig.ask([(1, 0), (2, 1), (3, 4), (4, 1), (6, 1)], session: 1) == .nonce, "a nonce answers once")
    }

    @Test("Numbers are reserved for all our seats ahead; an answer waits until there are enough")
    func reservation() throws {
        let rig = try Rig(Self.twenty)
        let own = rig.fleet.job.group.seats(of: rig.fleet.addresses[0])
        #expect(own.count == 9)
        #expect(rig.reservations.map(\.numbers) == [0..<36])
        rig.diskIsSlow = true
        func ask(_ session: UInt32) -> SigningDrop? {
            let ours = own.enumerated().map { ($1.rawValue, 9 * session + UInt32($0)) }
            return rig.ask((ours + [(1, session), (3, session)]).sorted { $0.0 < $1.0 }, session: session)
        }
        for session in UInt32(0)..<2 { #expect(ask(session) == nil) }
        #expect(rig.answers.count == 2)
        #expect(rig.reservations.count == 1)
        for session in UInt32(2)..<4 { #expect(ask(session) == nil) }
        #expect(rig.reservations.map(\.numbers) == [0..<36, 36..<72])
        #expect(rig.answers.count == 3, "for the fourth there are no numbers on disk yet")
        rig.confirm()
        #expect(rig.answers.count == 4)
    }

    // MARK: - Parts

    @Test("What has no room in one envelope is split by seats, in order; nothing else is")
    func parts() throws {
        let nonces = Array(repeating: TestNonces.encoded(1), count: 32)
        let share = PartialSignature(.zero)
        for count in [1, 41, 42, 61, 62, 255] {
            let offers = (1...count).map {
                FrostNonces.Entry(seat: SeatNumber(UInt16($0)), number: 0, nonces: nonces)
            }
            let answers = (1...count).map {
                FrostShares.Entry(
                    seat: SeatNumber(UInt16($0)), shares: Array(repeating: share, count: 32), nextNumber: 1,
                    nextNonces: nonces)
            }
            let messages = [
                SigningMessage.nonces(FrostNonces(job: .zero, instance: 0, entries: offers)),
                .shares(FrostShares(job: .zero, instance: 0, number: 0, requestDigest: .zero, entries: answers)),
            ]
            for (message, most) in zip(messages, [61, 41]) {
                let parts = message.parts
                #expect(parts.count == (count + most - 1) / most)
                var seats: [SeatNumber] = []
                for part in parts {
                    #expect(part.encoded.count + Envelope.overhead <= part.kind.largestEnvelope)
                    let decoded = try SigningMessage(
                        decoding: part.encoded, kind: part.kind, inputCount: 32, threshold: 1
                    ) { _, _ in 32 }
                    #expect(decoded == part)
                    switch part {
                    case .nonces(let part): seats += part.entries.map(\.seat)
                    case .shares(let part): seats += part.entries.map(\.seat)
                    default: Issue.record("another kind")
                    }
                }
                #expect(seats.map(\.rawValue) == Array(1...UInt16(count)))
                if count <= most { #expect(parts == [message]) }
            }
        }
    }
}
