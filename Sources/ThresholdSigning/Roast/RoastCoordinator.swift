package import Coordination
package import Primitives
import Secp256k1

/// One instance of ROAST: collects nonces, opens sessions with the seats that answered last, and never waits for a
/// particular seat (threshold-signing.md §11).
///
/// A faulty seat spoils at most one session. At most `n - t + 1` sessions are opened, and with `t` honest live seats
/// one of them succeeds. No timeout is involved. It holds no secrets; a copy is a snapshot.
package struct RoastCoordinator: Sendable, Equatable {
    package typealias Effect = SigningEffect

    package let job: SigningJob
    package let instance: UInt32
    /// The signatures that it verified or received as verified.
    package private(set) var signatures: SignatureSet

    // The number of the first session; nil until the instance begins.
    private var firstSession: UInt32?
    private var isEnded = false
    private var seats = RoastSeats()
    private var sessions: [RoastSession] = []

    /// Waits for the instance to begin; earlier nonces are kept.
    package init(job: SigningJob, instance: UInt32) {
        precondition(job.coordinator(ofInstance: instance) != nil, "only the first operators of the order coordinate")
        self.job = job
        self.instance = instance
        signatures = SignatureSet(job: job)
    }

    /// Begins the instance's slot. Sessions are counted from this number, which no earlier run of ours reached.
    package mutating func began(firstSession: UInt32) -> [Effect] {
        guard self.firstSession == nil else { return [] }
        self.firstSession = firstSession
        return openSessions()
    }

    /// Takes the nonces that a member offers.
    package mutating func received(_ message: FrostNonces, from sender: EthereumAddress) -> [Effect] {
        if let drop = refusal(of: message.entries.map(\.seat), instance: message.instance, from: sender) {
            return [.dropped(drop, from: sender)]
        }
        var effects: [Effect] = []
        for entry in message.entries {
            let drop = seats.offer(entry.nonces, number: entry.number, seat: entry.seat, decode: decode)
            if let drop { effects.append(.dropped(drop, from: sender)) }
        }
        return effects + openSessions()
    }

    /// Takes a member's answer to a session, with its next nonces.
    package mutating func received(_ message: FrostShares, from sender: EthereumAddress) -> [Effect] {
        if let drop = refusal(of: message.entries.map(\.seat), instance: message.instance, from: sender) {
            return [.dropped(drop, from: sender)]
        }
        guard let place = sessions.firstIndex(where: { $0.request.number == message.number }),
            sessions[place].digest == message.requestDigest
        else { return [.dropped(.session, from: sender)] }
        var effects: [Effect] = []
        var answered: [FrostShares.Entry] = []
        for entry in message.entries {
            guard entry.shares.count == sessions[place].request.open.count,
                seats.answered(entry.seat, session: place)
            else {
                effects.append(.dropped(.session, from: sender))
                continue
            }
            if entry.shares.allSatisfy({ $0.scalar != nil }) {
                sessions[place].store(entry.shares, of: entry.seat)
                answered.append(entry)
            } else {
                seats.exclude(entry.seat, .shareRange(session: message.number))
            }
        }
        if sessions[place].isComplete, !sessions[place].isSettled { effects += settle(place) }
        for entry in answered {
            let drop = seats.offer(entry.nextNonces, number: entry.nextNumber, seat: entry.seat, decode: decode)
            // An offer of a seat blamed in this very answer is ignored; that does not count as a drop of its message.
            if let drop, drop != .excluded { effects.append(.dropped(drop, from: sender)) }
        }
        return effects + openSessions()
    }

    /// Takes signatures that were verified elsewhere.
    package mutating func signed(_ signatures: SignatureSet) { self.signatures.adopt(signatures) }

    /// Ends the instance, since the job is over or its deadline passed: no more sessions are opened, answers are still
    /// taken.
    package mutating func ended() { isEnded = true }

    /// The requests that operators have not answered for all their seats, to be sent again: to all these operators, or
    /// to one.
    package func unanswered(by only: EthereumAddress? = nil) -> [Effect] {
        guard !isEnded, !signatures.isComplete else { return [] }
        return sessions.enumerated().flatMap { place, session in
            let owing = session.request.seats.filter { seats.pending[$0] == place }
            return Set(owing.compactMap(job.group.operator(of:))).filter { only == nil || $0 == only }.sorted()
                .map { Effect.again(.request(session.request), to: $0) }
        }
    }

    /// The number of inputs of a session; nil if the session does not exist.
    package func openInputs(session number: UInt32) -> Int? {
        sessions.first { $0.request.number == number }?.request.open.count
    }

    /// The seats that broke a rule, with the rule.
    package var blamed: [SeatNumber: SigningBlame] { seats.excluded }

    /// The sessions so far.
    package var report: [SigningReport.Session] {
        sessions.map {
            SigningReport.Session(
                number: $0.request.number, seats: $0.request.seats, open: $0.request.open, silent: $0.silent)
        }
    }

    private func refusal(of seats: [SeatNumber], instance: UInt32, from sender: EthereumAddress) -> SigningDrop? {
        guard instance == self.instance else { return .notCoordinator }
        guard job.holds(seats, sender) else { return .notAMember }
        return signatures.isComplete ? .ended : nil
    }

    // One nonce for each input.
    private func decode(_ encoded: [EncodedNonce]) -> [OfferedNonce]? {
        let nonces = encoded.compactMap(job.arithmetic.decode)
        return nonces.count == encoded.count && nonces.count == job.inputs.count ? nonces : nil
    }

    private mutating func openSessions() -> [Effect] {
        guard let firstSession, !isEnded else { return [] }
        var effects: [Effect] = []
        while sessions.count < job.mostSessions, !signatures.isComplete {
            let opened = sessions
            let chosen = seats.choose(job.key.threshold, for: opened.count) { seat, place in
                opened[place].blame(for: seat, among: opened[place].request.open)
            }
            guard let chosen else { break }
            let session = RoastSession(
                job: job, instance: instance, number: firstSession + UInt32(opened.count),
                members: chosen.map { RoastSession.Member(seat: $0.seat, number: $0.number, nonces: $0.nonces) },
                open: signatures.open)
            sessions.append(session)
            let operators = Set(session.request.seats.compactMap(job.group.operator(of:))).sorted()
            effects += operators.map { .send(.request(session.request), to: $0) }
        }
        return effects
    }

    // Settles a session with all its shares: the sum is verified first, and each share only if the sum fails (§6.6).
    private mutating func settle(_ place: Int) -> [Effect] {
        var taken: [Int] = []
        var failed: [Int] = []
        for (input, signature) in sessions[place].settle() {
            switch signatures.take(signature, input: input) {
            case .taken: taken.append(input)
            case .already: break
            case .invalid: failed.append(input)
            }
        }
        if !failed.isEmpty {
            for seat in sessions[place].request.seats {
                if let blame = sessions[place].blame(for: seat, among: OpenInputs(failed)) {
                    seats.exclude(seat, blame)
                }
            }
        }
        seats.judged(session: place)
        return signatures.result(of: taken).map { [.broadcast(.result($0))] } ?? []
    }
}
