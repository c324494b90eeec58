import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// The coordinator of threshold-signing.md §11 against members that do as they like.
@Suite(.eachArithmetic) struct RoastCoordinatorTests {
    /// Instance 0 of a job of three of five; a class, since expectations take no mutating calls.
    private final class Rig {
        let fleet: Fleet
        private var coordinator: RoastCoordinator

        init(inputs: Int = 1) throws {
            fleet = try Fleet(inputs: Fleet.inputs(inputs))
            coordinator = RoastCoordinator(job: fleet.job, instance: 0)
        }

        var job: SigningJob { fleet.job }
        var blamed: [SeatNumber: SigningBlame] { coordinator.blamed }
        var report: [SigningReport.Session] { coordinator.report }
        var snapshot: RoastCoordinator { coordinator }

        func began(_ first: UInt32 = 0) -> [FrostRequest] { requests(coordinator.began(firstSession: first)) }

        func ended() { coordinator.ended() }

        func offer(
            _ seat: UInt16, _ number: UInt32 = 0, nonces: [EncodedNonce]? = nil, instance: UInt32 = 0, from: Int? = nil
        ) -> [SigningEffect] {
            let nonces =
                nonces
                ?? job.inputs.indices.map {
                    TestNonces.encoded(UInt64(seat) * 1_000 + UInt64(number) * 10 + UInt64($0))
                }
            let entry = FrostNonces.Entry(seat: SeatNumber(seat), number: number, nonces: nonces)
            return coordinator.received(
                FrostNonces(job: job.id, instance: instance, entries: [entry]),
                from: fleet.addresses[from ?? Int(seat) - 1])
        }

        func answer(
            _ seat: UInt16, _ request: FrostRequest, next: UInt32 = 1, digest: Hash32? = nil, number: UInt32? = nil,
            from: Int? = nil
        ) -> [SigningEffect] {
            let entry = FrostShares.Entry(
                seat: SeatNumber(seat), shares: request.open.indices.map { _ in PartialSignature(job.id) },
                nextNumber: next,
                nextNonces: job.inputs.indices.map { TestNonces.encoded(UInt64(seat) * 1_000 + 500 + UInt64($0)) })
            return coordinator.received(
                FrostShares(
                    job: job.id, instance: 0, number: number ?? request.number,
                    requestDigest: digest ?? job.digest(of: request), entries: [entry]),
                from: fleet.addresses[from ?? Int(seat) - 1])
        }

        func requests(_ effects: [SigningEffect]) -> [FrostRequest] {
            var requests: [FrostRequest] = []
            for case .send(.request(let request), _) in effects where !requests.contains(request) {
                requests.append(request)
            }
            return requests
        }
    }

    private func drops(_ effects: [SigningEffect]) -> [SigningDrop] {
        effects.compactMap { if case .dropped(let drop, _) = $0 { drop } else { nil } }
    }

    @Test("Nonces that come early are kept; the session opens with the instance, with the first t in order of arrival")
    func arrival() throws {
        let rig = try Rig(inputs: 2)
        for seat in [5, 2, 4, 1] as [UInt16] { #expect(rig.offer(seat).isEmpty) }
        let requests = rig.began(32)
        #expect(requests.count == 1)
        let request = try #require(requests.first)
        #expect(request.seats == [SeatNumber(2), SeatNumber(4), SeatNumber(5)])
        #expect(request.number == 32)
        #expect(request.open == OpenInputs([0, 1]))
        for (input, aggregate) in request.aggregates.enumerated() where EachArithmetic.isCurve {
            let sum = AggregateNonce(
                sum: [2, 4, 5].map { TestNonces.nonce(UInt64($0) * 1_000 + UInt64(input)) })
            #expect(aggregate == sum.encoded)
        }
        #expect(rig.began(64).isEmpty)
    }

    @Test("The request goes to the operators of the set and to nobody else")
    func recipients() throws {
        let rig = try Rig()
        _ = rig.began()
        var effects: [SigningEffect] = []
        for seat in [3, 1, 4] as [UInt16] { effects += rig.offer(seat) }
        let recipients = effects.compactMap { effect -> EthereumAddress? in
            if case .send(.request, let to) = effect { to } else { nil }
        }
        #expect(Set(recipients) == Set([0, 2, 3].map { rig.fleet.addresses[$0] }))
        #expect(recipients.count == 3)
    }

    @Test("Who speaks for a seat of somebody else, or to another instance, is dropped")
    func strangers() throws {
        let rig = try Rig()
        #expect(drops(rig.offer(2, from: 2)) == [.notAMember])
        #expect(drops(rig.offer(6, from: 2)) == [.notAMember])
        #expect(drops(rig.offer(2, instance: 1)) == [.notCoordinator])
        #expect(rig.offer(2).isEmpty)
        #expect(drops(rig.offer(2)) == [.duplicate])
    }

    @Test("Nonces that are no points, or too few, put a seat out")
    func undecodable() throws {
        let rig = try Rig(inputs: 2)
        _ = rig.offer(1, nonces: [TestNonces.encoded(1), TestNonces.undecodable])
        _ = rig.offer(2, nonces: [TestNonces.encoded(1)])
        let zero = try #require(EncodedNonce(Bytes(repeating: 0, count: 66)))
        _ = rig.offer(3, nonces: [TestNonces.encoded(1), zero])
        #expect(Set(rig.blamed.keys) == [SeatNumber(1), SeatNumber(2), SeatNumber(3)])
    }

    @Test("Answers that nobody asked for are dropped: unknown session, other digest, seat outside, seat of another")
    func unsolicited() throws {
        let rig = try Rig()
        _ = rig.began()
        for seat in [1, 2] as [UInt16] { _ = rig.offer(seat) }
        let request = try #require(rig.requests(rig.offer(3)).first)
        #expect(drops(rig.answer(1, request, number: 1)) == [.session])
        #expect(drops(rig.answer(1, request, digest: .zero)) == [.session])
        #expect(drops(rig.answer(4, request)) == [.session])
        #expect(drops(rig.answer(1, request, from: 1)) == [.notAMember])
        #expect(rig.report.map(\.silent.count) == [3])
        #expect(drops(rig.answer(1, request)).isEmpty)
        #expect(drops(rig.answer(1, request)) == [.session], "one answer a session")
        #expect(drops(rig.offer(2, 9)) == [.pending])
    }

    @Test("An answer is judged before its sender is used again")
    func judgedBeforeUse() throws {
        let rig = try Rig()
        _ = rig.began()
        for seat in [1, 2] as [UInt16] { _ = rig.offer(seat) }
        let first = try #require(rig.requests(rig.offer(3)).first)
        // Wrong shares of seats 1 and 2, while seat 3 keeps the session open.
        _ = rig.answer(1, first)
        _ = rig.answer(2, first)
        #expect(rig.blamed.isEmpty)
        _ = rig.offer(4)
        let blame = SigningBlame.badShare(session: 0, input: 0)
        #expect(rig.blamed == [SeatNumber(1): blame], "with one seat less there is no session to judge the other for")
        _ = rig.offer(5)
        #expect(rig.blamed == [SeatNumber(1): blame, SeatNumber(2): blame])
        #expect(rig.report.count == 1)
    }

    @Test("A bad answer with a stale next number is judged before its sender is used again, whatever it offers then")
    func washedAnswer() throws {
        let rig = try Rig()
        _ = rig.began()
        for seat in [1, 2] as [UInt16] { _ = rig.offer(seat) }
        let first = try #require(rig.requests(rig.offer(3)).first)
        #expect(drops(rig.answer(1, first, next: 0)) == [.staleNumber])
        #expect(rig.offer(1, 5).isEmpty)
        _ = rig.offer(4)
        #expect(rig.requests(rig.offer(5)).isEmpty)
        #expect(rig.blamed == [SeatNumber(1): .badShare(session: 0, input: 0)])
    }

    @Test("When every share is in and the whole is wrong, each one is judged")
    func judgedTogether() throws {
        let rig = try Rig()
        _ = rig.began()
        for seat in [1, 2] as [UInt16] { _ = rig.offer(seat) }
        let first = try #require(rig.requests(rig.offer(3)).first)
        for seat in [1, 2, 3] as [UInt16] { _ = rig.answer(seat, first) }
        #expect(Set(rig.blamed.keys) == [SeatNumber(1), SeatNumber(2), SeatNumber(3)])
        #expect(rig.report.map(\.silent) == [[]])
        #expect(drops(rig.offer(1, 5)) == [.excluded])
    }

    @Test("After its end no session is opened")
    func end() throws {
        let rig = try Rig()
        _ = rig.began()
        rig.ended()
        for seat in 1...5 { #expect(rig.requests(rig.offer(UInt16(seat))).isEmpty) }
        #expect(rig.report.isEmpty)
    }

    @Test("A copy is a snapshot: it goes on as the original does")
    func snapshot() throws {
        let rig = try Rig()
        _ = rig.began()
        for seat in [1, 2] as [UInt16] { _ = rig.offer(seat) }
        var copy = rig.snapshot
        let entry = FrostNonces.Entry(
            seat: SeatNumber(3), number: 0, nonces: [TestNonces.encoded(3_000)])
        let effects = copy.received(
            FrostNonces(job: rig.job.id, instance: 0, entries: [entry]), from: rig.fleet.addresses[2])
        #expect(copy != rig.snapshot)
        #expect(rig.offer(3) == effects)
        #expect(copy == rig.snapshot)
    }
}
