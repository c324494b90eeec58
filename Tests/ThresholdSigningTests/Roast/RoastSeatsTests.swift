import Coordination
import Primitives
import Testing

@testable import ThresholdSigning

/// The table of threshold-signing.md §11, without its arithmetic.
@Suite struct RoastSeatsTests {
    private let seat = SeatNumber(1)

    /// The seats behind a reference, since expectations take no mutating calls.
    private final class Table {
        private var seats = RoastSeats()

        var ready: [RoastSeats.Offer] { seats.ready }
        var excluded: [SeatNumber: SigningBlame] { seats.excluded }

        func offer(
            _ seat: SeatNumber, _ number: UInt32, nonces: [EncodedNonce] = [], decodes: Bool = true
        ) -> SigningDrop? {
            seats.offer(nonces, number: number, seat: seat) { _ in decodes ? [] : nil }
        }

        func answered(_ seat: SeatNumber, session: Int) -> Bool { seats.answered(seat, session: session) }

        func judged(session: Int) { seats.judged(session: session) }

        func choose(
            _ count: Int, for session: Int, judge: (SeatNumber, Int) -> SigningBlame? = { _, _ in nil }
        ) -> [RoastSeats.Offer]? {
            seats.choose(count, for: session, judge: judge)
        }
    }

    @Test("The same nonces again are dropped, lower numbers too, higher ones replace in place")
    func renewals() {
        let seats = Table()
        #expect(seats.offer(seat, 3) == nil)
        #expect(seats.offer(SeatNumber(2), 0) == nil)
        #expect(seats.offer(seat, 3) == .duplicate)
        #expect(seats.offer(seat, 2) == .staleNumber)
        #expect(seats.offer(seat, 5) == nil)
        #expect(seats.ready.map(\.seat) == [seat, SeatNumber(2)])
        #expect(seats.ready.map(\.number) == [5, 0])
    }

    @Test("Other nonces under the same number put a seat out for good")
    func secondNonce() {
        let seats = Table()
        #expect(seats.offer(seat, 3) == nil)
        #expect(seats.offer(seat, 3, nonces: [TestNonces.encoded(1)]) == nil)
        #expect(seats.excluded == [seat: .secondNonce(number: 3)])
        #expect(seats.ready.isEmpty)
        #expect(seats.offer(seat, 4) == .excluded)
    }

    @Test("Nonces that do not decode put a seat out, as first ones and as renewals")
    func undecodable() {
        let seats = Table()
        #expect(seats.offer(seat, 0, decodes: false) == nil)
        #expect(seats.offer(SeatNumber(2), 0) == nil)
        #expect(seats.offer(SeatNumber(2), 1, decodes: false) == nil)
        #expect(
            seats.excluded == [seat: .undecodableNonce(number: 0), SeatNumber(2): .undecodableNonce(number: 1)])
        #expect(seats.ready.isEmpty)
    }

    @Test("A seat in a session offers nothing before it answered, and then only numbers above the one it used")
    func pending() {
        let seats = Table()
        #expect(seats.offer(seat, 7) == nil)
        #expect(seats.choose(1, for: 0)?.map(\.number) == [7])
        #expect(seats.offer(seat, 8) == .pending)
        #expect(!seats.answered(seat, session: 1))
        #expect(!seats.answered(SeatNumber(2), session: 0))
        #expect(seats.answered(seat, session: 0))
        #expect(!seats.answered(seat, session: 0), "one answer a session")
        #expect(seats.offer(seat, 7) == .staleNumber)
        #expect(seats.offer(seat, 8) == nil)
    }

    /// What a seat offers after an answer: the numbers, in order, of which it used 3.
    @Test(
        "An answer is judged before its sender is used again, whatever it offers meanwhile",
        arguments: [[4], [4, 5], [3, 4], [0, 9], [3, 3, 4, 4, 5]] as [[UInt32]])
    func unjudged(offers: [UInt32]) {
        let seats = Table()
        #expect(seats.offer(seat, 3) == nil)
        _ = seats.choose(1, for: 0)
        _ = seats.answered(seat, session: 0)
        for number in offers { _ = seats.offer(seat, number) }
        var judged: [Int] = []
        let chosen = seats.choose(1, for: 1) { _, session in
            judged.append(session)
            return .badShare(session: 0, input: 0)
        }
        #expect(chosen == nil)
        #expect(judged == [0])
        #expect(seats.excluded == [seat: .badShare(session: 0, input: 0)])
    }

    @Test("A session that was judged as a whole leaves nothing to check")
    func judged() {
        let seats = Table()
        #expect(seats.offer(seat, 0) == nil)
        _ = seats.choose(1, for: 0)
        _ = seats.answered(seat, session: 0)
        #expect(seats.offer(seat, 1) == nil)
        seats.judged(session: 0)
        let chosen = seats.choose(1, for: 1) { _, _ in .badShare(session: 0, input: 0) }
        #expect(chosen?.count == 1)
    }

    /// A coordinator of one input with seats that answer, or not, as they are.
    private struct Model {
        enum Conduct { case honest, silent, wrong, late, twoFaced, washing }

        let threshold: Int
        let conduct: [Conduct]
        var seats = RoastSeats()
        var sessions: [(members: [SeatNumber], answers: [SeatNumber: Bool])] = []
        var numbers: [UInt32]
        // Messages on their way, delivered in random order.
        var wire: [Message] = []
        var isSigned = false

        enum Message {
            case nonces(seat: Int, number: UInt32, marked: Bool)
            case answer(seat: Int, session: Int, good: Bool, next: UInt32)

            var seat: Int {
                switch self {
                case .nonces(let seat, _, _), .answer(let seat, _, _, _): seat
                }
            }
        }

        init(threshold: Int, conduct: [Conduct]) {
            self.threshold = threshold
            self.conduct = conduct
            numbers = Array(repeating: 0, count: conduct.count)
            for seat in conduct.indices {
                wire.append(.nonces(seat: seat, number: 0, marked: false))
                if conduct[seat] == .twoFaced { wire.append(.nonces(seat: seat, number: 0, marked: true)) }
            }
        }

        /// Delivers a message drawn at random, of those of the fastest seats if there are any.
        mutating func step(_ random: inout SeededRandom, fastest: Conduct? = nil) {
            let fast = wire.indices.filter { conduct[wire[$0].seat] == fastest }
            let message = wire.remove(at: fast.isEmpty ? random.below(wire.count) : fast[random.below(fast.count)])
            switch message {
            case .nonces(let seat, let number, let marked):
                offer(seat, number, marked: marked)
            case .answer(let seat, let session, let good, let next):
                let number = SeatNumber(UInt16(seat + 1))
                guard seats.answered(number, session: session) else { return }
                sessions[session].answers[number] = good
                let isComplete = sessions[session].answers.count == sessions[session].members.count
                if isComplete {
                    if sessions[session].answers.values.allSatisfy({ $0 }) { isSigned = true }
                    for (seat, good) in sessions[session].answers where !good {
                        seats.exclude(seat, .badShare(session: UInt32(session), input: 0))
                    }
                    seats.judged(session: session)
                }
                offer(seat, next, marked: false)
            }
            open(&random)
        }

        private mutating func offer(_ seat: Int, _ number: UInt32, marked: Bool) {
            let nonces = marked ? [RoastSeatsTests.marker] : []
            _ = seats.offer(nonces, number: number, seat: SeatNumber(UInt16(seat + 1))) { _ in [] }
        }

        private mutating func open(_ random: inout SeededRandom) {
            while !isSigned {
                let known = sessions
                let chosen = seats.choose(threshold, for: sessions.count) { seat, session in
                    known[session].answers[seat] == false ? .badShare(session: UInt32(session), input: 0) : nil
                }
                guard let chosen else { return }
                let session = sessions.count
                sessions.append((chosen.map(\.seat), [:]))
                for offer in chosen {
                    let seat = Int(offer.seat.rawValue) - 1
                    numbers[seat] = offer.number + 1
                    let good = Message.answer(seat: seat, session: session, good: true, next: numbers[seat])
                    switch conduct[seat] {
                    case .honest: wire.append(good)
                    case .silent: break
                    case .wrong:
                        wire.append(.answer(seat: seat, session: session, good: false, next: numbers[seat]))
                        // A renewal right after it, in the hope that it is forgotten.
                        wire.append(.nonces(seat: seat, number: numbers[seat] + 1, marked: false))
                    case .washing:
                        // A stale next number that is no offer, and then fresh nonces that carry no mark.
                        wire.append(.answer(seat: seat, session: session, good: false, next: 0))
                        wire.append(.nonces(seat: seat, number: numbers[seat], marked: false))
                        wire.append(.nonces(seat: seat, number: numbers[seat] + 1, marked: false))
                    case .late: if random.below(2) == 0 { wire.append(good) }
                    case .twoFaced:
                        wire.append(good)
                        wire.append(.answer(seat: seat, session: session, good: false, next: numbers[seat]))
                    }
                }
            }
        }
    }

    private static let marker = TestNonces.encoded(7)

    @Test("In 20,000 random schedules at most n - t + 1 sessions are opened and one of them signs")
    func bound() {
        var random = SeededRandom("bound of sessions")
        let conducts: [Model.Conduct] = [.silent, .wrong, .late, .twoFaced, .washing]
        var mostUsed = 0
        for schedule in 0..<20_000 {
            let count = 1 + random.below(7)
            let threshold = 1 + random.below(count)
            let faulty = random.below(count - threshold + 1)
            var conduct = (0..<count).map { $0 < faulty ? conducts[random.below(conducts.count)] : .honest }
            random.shuffle(&conduct)
            var model = Model(threshold: threshold, conduct: conduct)
            while !model.isSigned, !model.wire.isEmpty { model.step(&random) }
            if !model.isSigned || model.sessions.count > count - threshold + 1 {
                Issue.record("schedule \(schedule): \(conduct), \(model.sessions.count) sessions")
            }
            mostUsed = max(mostUsed, model.sessions.count)
        }
        #expect(mostUsed > 3, "the schedules are hard enough to use the bound")
    }

    @Test(
        "n - t seats that wash their bad answers off spoil one session each, and one of n - t + 1 signs",
        arguments: [(3, 5, 2_000), (6, 10, 1_000), (51, 100, 20)])
    func washing(threshold: Int, count: Int, schedules: Int) {
        var random = SeededRandom("washing \(count)")
        for schedule in 0..<schedules {
            var conduct = (0..<count).map { $0 < count - threshold ? Model.Conduct.washing : .honest }
            random.shuffle(&conduct)
            var model = Model(threshold: threshold, conduct: conduct)
            // Who washes is fast: whatever it says comes before an honest answer.
            while !model.isSigned, !model.wire.isEmpty { model.step(&random, fastest: .washing) }
            #expect(model.isSigned, "schedule \(schedule)")
            #expect(model.sessions.count <= count - threshold + 1)
        }
    }
}
