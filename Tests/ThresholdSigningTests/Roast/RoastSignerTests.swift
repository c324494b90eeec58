import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// The signer of threshold-signing.md §11 and the nonce rules of §12, against a coordinator that does as it likes.
@Suite(.eachArithmetic) struct RoastSignerTests {
    /// Seat 1 of three of five, whose instance-1 coordinator is operator 1; a class, since expectations take no
    /// mutating calls.
    private final class Rig {
        let fleet: Fleet
        private var signer: RoastSigner
        private var random = SeededRandom("signer")
        var block = BlockNumber(102)
        var now: UInt64 = 1_000_000
        private(set) var offers: [FrostNonces.Entry] = []
        private(set) var answers: [FrostShares] = []
        private(set) var reservations: [AttemptNumbers] = []
        private(set) var log: [SigningEffect] = []
        var diskIsSlow = false

        init(inputs: Int = 1, reserved: [AttemptNumbers] = [], bound: [BoundSession] = []) throws {
            fleet = try Fleet(inputs: Fleet.inputs(inputs))
            signer = RoastSigner(
                job: fleet.job, shares: try fleet.shares(of: 0), sharesUntil: SigningInstant(milliseconds: .max),
                reserved: reserved, bound: bound)
        }

        /// What is said again, in order.
        var repeats: [SigningMessage] {
            log.compactMap { if case .again(let message, _) = $0 { message } else { nil } }
        }

        var job: SigningJob { fleet.job }
        var renewal: UInt64? { signer.nextRenewal?.milliseconds }

        func take(_ effects: [SigningEffect]) {
            for effect in effects {
                log.append(effect)
                switch effect {
                case .reserve(let numbers):
                    reservations.append(numbers)
                    if !diskIsSlow { confirm() }
                case .send(.nonces(let message), _): offers += message.entries
                case .send(.shares(let message), _): answers.append(message)
                default: break
                }
            }
        }

        func begin(_ instance: UInt32 = 1) { take(signer.slotBegan(instance: instance)) }

        func confirm() {
            guard let numbers = reservations.last else { return }
            take(
                signer.reserved(
                    numbers, at: block, now: SigningInstant(milliseconds: now), random: &random))
        }

        func pass(_ milliseconds: UInt64) {
            now += milliseconds
            take(signer.advanced(to: block, now: SigningInstant(milliseconds: now), random: &random))
        }

        func forget() { take(signer.forgetNonces(now: SigningInstant(milliseconds: now), random: &random)) }

        func hold(until block: UInt64) { signer.holdShares(until: BlockNumber(block)) }

        func allowShares(until time: UInt64?) {
            signer.allowShares(until: time.map { SigningInstant(milliseconds: $0) })
        }

        func learn(_ signatures: SignatureSet) { signer.signed(signatures) }

        func ended() { signer.ended() }

        var numbers: [UInt32] { offers.map(\.number) + answers.map { $0.entries[0].nextNumber } }

        /// A sum that is nobody's.
        func aggregate(_ number: UInt64) -> EncodedNonce {
            let nonces = [TestNonces.encoded(number)].compactMap(job.arithmetic.decode)
            let set = job.key.signerSet(of: [SeatNumber(1)])
            return job.arithmetic.session(job.terms(set, input: 0), nonces: nonces).aggregate
        }

        /// A request to seats 1, 2 and 3 with sums that are nobody's.
        func request(
            number: UInt32 = 0, nonce: UInt32 = 0, instance: UInt32 = 1, open: OpenInputs? = nil,
            seats: [UInt16] = [1, 2, 3],
            aggregates: [EncodedNonce]? = nil
        ) -> FrostRequest {
            let open = open ?? OpenInputs(job.inputs.indices)
            return FrostRequest(
                job: job.id, instance: instance, number: number, open: open,
                members: seats.map { FrostRequest.Member(seat: SeatNumber($0), number: $0 == 1 ? nonce : 0) },
                aggregates: aggregates ?? (0..<open.count).map { aggregate(UInt64($0)) })
        }

        /// What the signer says to a request; nil if it answered or waits.
        func ask(_ request: FrostRequest, from coordinator: Int = 1) -> SigningDrop? {
            let effects = signer.received(
                request, from: fleet.addresses[coordinator], at: block, now: SigningInstant(milliseconds: now),
                random: &random)
            take(effects)
            for case .dropped(let drop, _) in effects { return drop }
            return nil
        }
    }

    @Test("A marker is asked for first; nonces are offered once it is on disk")
    func markerFirst() throws {
        let rig = try Rig()
        rig.diskIsSlow = true
        rig.begin()
        rig.begin()
        #expect(rig.log == [.reserve(try #require(AttemptNumbers(instance: 1, numbers: 0..<16)))])
        #expect(try #require(rig.reservations.first).attempts == 4096..<4112)
        rig.confirm()
        rig.confirm()
        #expect(rig.offers.map(\.number) == [0])
        #expect(rig.offers.map(\.nonces.count) == [1])
    }

    @Test("Numbers that were reserved before a restart are never drawn again")
    func forfeited() throws {
        let reserved = [(0, 0..<16), (1, 0..<16), (1, 16..<32)].compactMap { instance, numbers in
            AttemptNumbers(instance: UInt32(instance), numbers: UInt32(numbers.lowerBound)..<UInt32(numbers.upperBound))
        }
        let rig = try Rig(reserved: reserved)
        rig.begin(1)
        rig.begin(2)
        #expect(rig.offers.map(\.number) == [32, 0])
        #expect(rig.ask(rig.request(nonce: 0)) == .nonce)
        #expect(rig.ask(rig.request(nonce: 32)) == nil)
    }

    @Test("The record comes before the shares, and names attempt, session, request and set")
    func record() throws {
        let rig = try Rig()
        rig.begin()
        let request = rig.request(number: 7)
        #expect(rig.ask(request) == nil)
        let release = SigningRecord.Release(
            attempts: [4096], own: [SeatNumber(1)],
            session: rig.job.sessionID(instance: 1, number: 7, seats: request.seats),
            requestDigest: rig.job.digest(of: request), seats: request.seats)
        let answer = try #require(rig.answers.first)
        #expect(
            rig.log.suffix(2) == [.record(.releasing(release)), .send(.shares(answer), to: rig.fleet.addresses[1])])
        #expect(answer.requestDigest == release.requestDigest)
        #expect(answer.entries.map(\.nextNumber) == [1])
    }

    @Test("What breaks a rule is dropped for its reason, costs no nonce, and the right request is answered")
    func refusals() throws {
        let rig = try Rig(inputs: 2)
        rig.begin()
        #expect(rig.ask(rig.request(), from: 2) == .notCoordinator)
        #expect(rig.ask(rig.request(instance: 9)) == .notCoordinator)
        #expect(rig.ask(rig.request(instance: 0), from: 0) == .nonce, "no nonces of that instance were offered")
        #expect(rig.ask(rig.request(seats: [2, 3, 4])) == .members)
        #expect(rig.ask(rig.request(seats: [1, 2])) == .members)
        #expect(rig.ask(rig.request(seats: [1, 2, 3, 4])) == .members)
        #expect(rig.ask(rig.request(seats: [1, 2, 2])) == .members)
        #expect(rig.ask(rig.request(seats: [1, 2, 6])) == .members)
        #expect(rig.ask(rig.request(nonce: 1)) == .nonce)
        #expect(rig.ask(rig.request(open: OpenInputs([0]))) == .openInputs, "input 1 is neither open nor signed")
        #expect(rig.ask(rig.request(open: OpenInputs([0, 1, 2]))) == .openInputs)
        #expect(rig.ask(rig.request(open: OpenInputs([Int]()))) == .openInputs)
        #expect(rig.ask(rig.request(aggregates: [rig.aggregate(1)])) == .openInputs)
        let bad = [rig.aggregate(1), TestNonces.undecodable]
        #expect(rig.ask(rig.request(aggregates: bad)) == .aggregate)
        rig.block = BlockNumber(401)
        #expect(rig.ask(rig.request()) == .late)
        rig.block = BlockNumber(99)
        #expect(rig.ask(rig.request()) == .early)
        rig.block = BlockNumber(100)
        #expect(rig.answers.isEmpty)
        #expect(rig.ask(rig.request()) == nil)
        #expect(rig.answers.count == 1)
        #expect(try #require(rig.answers.first).entries[0].shares.count == 2)
    }

    @Test("A sum with a zero half is answered: it is legal, and its coordinator finds the cheater by the share")
    func zeroHalf() throws {
        let rig = try Rig()
        rig.begin()
        // An ideal sum has no halves.
        guard EachArithmetic.isCurve else { return }
        let zero = Bytes(repeating: 0, count: 33)
        let half = try #require(EncodedNonce(zero + TestNonces.encoded(1).secondHalf))
        #expect(rig.ask(rig.request(aggregates: [half])) == nil)
        #expect(rig.answers.count == 1)
    }

    @Test("Of 50 requests at once that name one nonce, with sums of the adversary's choice, one is answered")
    func concurrentSessions() throws {
        let rig = try Rig()
        rig.begin()
        var drops: [SigningDrop] = []
        for number in 0..<50 {
            let request = rig.request(number: UInt32(number), aggregates: [rig.aggregate(UInt64(100 + number))])
            if let drop = rig.ask(request) { drops.append(drop) }
        }
        #expect(rig.answers.count == 1)
        #expect(drops.count == 49)
        #expect(Set(drops) == [.nonce])
        #expect(rig.numbers == [0, 1])
    }

    @Test("A session number is answered once: the same request again is a repeat, another one an offence")
    func sessionNumbers() throws {
        let rig = try Rig()
        rig.begin()
        let request = rig.request()
        #expect(rig.ask(request) == nil)
        #expect(rig.ask(rig.request(nonce: 1, aggregates: [rig.aggregate(5)])) == .secondRequest)
        #expect(rig.answers.count == 1)
        #expect(rig.repeats.isEmpty)
    }

    @Test("A request that comes again gets the very answer again, in its time and while shares are not held back")
    func repeatedAnswer() throws {
        let rig = try Rig()
        rig.begin()
        let request = rig.request()
        #expect(rig.ask(request) == nil)
        let answer = SigningMessage.shares(try #require(rig.answers.first))
        #expect(rig.ask(request) == nil)
        #expect(rig.repeats == [answer])
        #expect(rig.numbers == [0, 1], "nothing is drawn for it")
        rig.hold(until: 106)
        #expect(rig.ask(request) == .duplicate)
        rig.block = BlockNumber(106)
        // What the answer offers was renewed since: the newer offer follows it.
        rig.pass(41_000)
        #expect(rig.ask(request) == nil)
        #expect(rig.repeats.count == 3)
        #expect(rig.repeats.last?.kind == .frostNonces)
        rig.block = BlockNumber(401)
        #expect(rig.ask(request) == .late)
        rig.block = BlockNumber(106)
        rig.ended()
        #expect(rig.ask(request) == .ended)
    }

    @Test("After a restart a session number that was answered before is not answered again, nor counted anew")
    func sessionNumbersAfterRestart() throws {
        let before = try Rig()
        before.begin()
        #expect(before.ask(before.request(number: 7)) == nil)
        let job = before.job
        let bound = before.log.compactMap { effect -> BoundSession? in
            guard case .record(.releasing(let release)) = effect else { return nil }
            return BoundSession(
                instance: 1, session: release.session, requestDigest: release.requestDigest, seats: release.seats)
        }
        #expect(bound.count == 1)
        let rig = try Rig(reserved: before.reservations, bound: bound)
        rig.begin()
        #expect(rig.numbers == [16])
        #expect(rig.ask(before.request(number: 7)) == .duplicate, "the answer is gone with the process")
        #expect(rig.ask(rig.request(number: 7, nonce: 16)) == .secondRequest)
        #expect(rig.ask(rig.request(number: 8, nonce: 16, seats: [1, 2, 4])) == nil)
        #expect(rig.ask(rig.request(number: 9, nonce: 17)) == nil)
        #expect(rig.ask(rig.request(number: 10, nonce: 18)) == .tooManySessions)
        #expect(rig.answers.count == job.mostSessions - 1)
    }

    @Test("An instance gets n - t + 1 answers and no more")
    func tooManySessions() throws {
        let rig = try Rig()
        rig.begin()
        for number in 0..<3 { #expect(rig.ask(rig.request(number: UInt32(number), nonce: UInt32(number))) == nil) }
        #expect(rig.ask(rig.request(number: 3, nonce: 3)) == .tooManySessions)
        #expect(rig.answers.count == 3)
    }

    @Test("A request of another instance finds none of the nonces offered to this one")
    func otherInstance() throws {
        let rig = try Rig()
        rig.begin(0)
        rig.begin(1)
        #expect(rig.ask(rig.request(instance: 1)) == nil)
        #expect(rig.ask(rig.request(nonce: 1, instance: 0), from: 0) == .nonce)
        #expect(rig.ask(rig.request(nonce: 0, instance: 0), from: 0) == nil, "nonces of instance 0 are its own")
        let encoded = rig.offers.flatMap(\.nonces) + rig.answers.flatMap(\.entries).flatMap(\.nextNonces)
        #expect(Set(encoded).count == encoded.count)
    }

    @Test("A session over the rest is answered once the other inputs' signatures were verified")
    func rest() throws {
        let done = try Fleet(inputs: Fleet.inputs(2))
        done.begin()
        done.deliver()
        let signature = try #require(done.operators[0].signatures)[0]
        let rig = try Rig(inputs: 2)
        rig.begin()
        var signatures = SignatureSet(job: rig.job)
        #expect(signatures.take(signature, input: 1) == .invalid)
        #expect(signatures.take(signature, input: 0) == .taken)
        rig.learn(signatures)
        #expect(rig.ask(rig.request(open: OpenInputs([0]))) == .openInputs)
        #expect(rig.ask(rig.request(open: OpenInputs([1]))) == nil)
        #expect(try #require(rig.answers.first).entries[0].shares.count == 1)
    }

    // MARK: - Nonces

    @Test("A waiting nonce is replaced after 40 s; the replaced one stays usable for its own 60 s")
    func renewal() throws {
        let rig = try Rig()
        rig.begin()
        #expect(rig.renewal == 1_040_000)
        rig.pass(39_999)
        #expect(rig.numbers == [0])
        rig.pass(1)
        #expect(rig.numbers == [0, 1])
        rig.pass(19_999)
        #expect(rig.ask(rig.request(nonce: 0)) == nil)
        rig.pass(1)
        #expect(rig.ask(rig.request(number: 1, nonce: 1)) == nil)
    }

    @Test("A nonce of 60 s is gone, and a new one is offered")
    func expiry() throws {
        let rig = try Rig()
        rig.begin()
        rig.now += 60_000
        #expect(rig.ask(rig.request(nonce: 0)) == .nonce)
        rig.pass(0)
        #expect(rig.numbers == [0, 1])
        #expect(rig.ask(rig.request(nonce: 1)) == nil)
    }

    @Test("Two numbers are held at most, the older is dropped")
    func capacity() throws {
        let rig = try Rig()
        rig.begin()
        rig.forget()
        #expect(rig.numbers == [0, 1], "forgetting is no holding: the new number stands alone")
        var ledger = NonceLedger()
        for number in 0..<3 {
            ledger.keep([], number: UInt32(number), drawn: SigningInstant(milliseconds: UInt64(number)))
        }
        #expect((0..<3).map { ledger.holds(UInt32($0)) } == [false, true, true])
        #expect(ledger.take(2) != nil)
        #expect(ledger.take(2) == nil)
    }

    @Test("A nonce is handed out once")
    func slot() throws {
        var random = SeededRandom("slot")
        let fleet = try Fleet()
        let nonce = SecretNonce(
            share: try fleet.share(of: SeatNumber(1)), key: fleet.job.key.outputKey, message: [], extra: [],
            random: &random)
        let slot = NonceSlot(nonce)
        let first = slot.take() != nil
        let second = slot.take() != nil
        #expect(first)
        #expect(!second)

        let drawn = fleet.job.arithmetic.drawNonce(
            share: try fleet.share(of: SeatNumber(1)), key: fleet.job.key.outputKey, message: .zero, extra: [],
            random: &random)
        let terms = fleet.job.terms(fleet.job.key.signerSet(of: [1, 2, 3].map { SeatNumber($0) }), input: 0)
        let nonces = [drawn.offered].compactMap(fleet.job.arithmetic.decode)
        let sum = fleet.job.arithmetic.session(terms, nonces: nonces + nonces + nonces).aggregate
        #expect(try drawn.sign(terms, aggregate: sum, share: fleet.share(of: SeatNumber(1))) != nil)
        #expect(try drawn.sign(terms, aggregate: sum, share: fleet.share(of: SeatNumber(1))) == nil)
    }

    @Test("When the clock goes back, or nonces are to be forgotten, all are gone and new ones are offered")
    func forgotten() throws {
        let rig = try Rig()
        rig.begin()
        rig.now -= 1
        #expect(rig.ask(rig.request(nonce: 0)) == .nonce)
        rig.pass(0)
        #expect(rig.numbers == [0, 1])
        rig.forget()
        #expect(rig.numbers == [0, 1, 2])
        #expect(rig.ask(rig.request(nonce: 1)) == .nonce)
        #expect(rig.ask(rig.request(nonce: 2)) == nil)
    }

    @Test("At the end of the job every nonce is gone")
    func ended() throws {
        let rig = try Rig()
        rig.begin()
        rig.ended()
        #expect(rig.renewal == nil)
        #expect(rig.ask(rig.request()) == .ended)
        rig.pass(100_000)
        rig.begin(2)
        #expect(rig.numbers == [0])
    }

    @Test("New numbers are reserved before the last ones are drawn; without them a request waits for the disk")
    func reservationAhead() throws {
        let rig = try Rig()
        rig.begin()
        for _ in 0..<11 { rig.forget() }
        #expect(rig.reservations.count == 1)
        rig.diskIsSlow = true
        rig.forget()
        #expect(rig.reservations.map(\.numbers) == [0..<16, 16..<32])
        for _ in 0..<3 { rig.forget() }
        #expect(rig.numbers.last == 15)
        // The last number is named, but there is none to offer with the answer.
        #expect(rig.ask(rig.request(nonce: 15)) == nil)
        #expect(rig.answers.isEmpty)
        #expect(rig.ask(rig.request(nonce: 15)) == .duplicate)
        rig.confirm()
        #expect(rig.answers.map(\.entries[0].nextNumber) == [16])
    }

    @Test("An instance whose numbers are used up falls silent")
    func usedUp() throws {
        let used = try #require(AttemptNumbers(instance: 1, numbers: 4080..<4094))
        let rig = try Rig(reserved: [used])
        rig.begin()
        #expect(rig.reservations.map(\.numbers) == [4094..<4096])
        rig.forget()
        rig.forget()
        #expect(rig.numbers == [4094, 4095])
        #expect(AttemptNumbers(instance: 0, numbers: 4095..<4097) == nil)
        #expect(AttemptNumbers(instance: 0, numbers: 5..<5) == nil)
    }

    @Test("A held request is answered at the block that is named, if its nonces still live then")
    func held() throws {
        for (milliseconds, answers) in [(UInt64(48_000), 1), (60_000, 0)] {
            let rig = try Rig()
            rig.begin()
            rig.hold(until: 106)
            #expect(rig.ask(rig.request()) == nil)
            rig.block = BlockNumber(105)
            rig.pass(1_000)
            #expect(rig.answers.isEmpty)
            rig.block = BlockNumber(106)
            rig.pass(milliseconds - 1_000)
            #expect(rig.answers.count == answers)
        }
    }

    @Test("No share leaves after the time that the head allows; the nonces stay for a head that is fresh again")
    func staleHead() throws {
        let rig = try Rig()
        rig.begin()
        rig.allowShares(until: rig.now - 1)
        #expect(rig.ask(rig.request()) == .staleHead)
        rig.allowShares(until: nil)
        #expect(rig.ask(rig.request()) == .staleHead)
        #expect(rig.answers.isEmpty)
        rig.allowShares(until: rig.now)
        #expect(rig.ask(rig.request()) == nil)
        #expect(rig.answers.count == 1)
    }

    @Test("A request that waits is answered by a fresh head only")
    func heldAtStaleHead() throws {
        let rig = try Rig()
        rig.begin()
        rig.hold(until: 106)
        #expect(rig.ask(rig.request()) == nil)
        rig.allowShares(until: rig.now)
        rig.block = BlockNumber(106)
        rig.pass(1)
        #expect(rig.answers.isEmpty)
    }
}
