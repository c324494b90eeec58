import Coordination
import Primitives

/// The state of each seat of an instance: waiting with nonces, owing an answer, or excluded (threshold-signing.md §11).
///
/// It is the table of that section without its arithmetic: its caller decodes nonces and checks shares. It guarantees
/// that a faulty seat spoils at most one session. A seat is in one session at a time, and its answer is checked before
/// it is used again, whatever it offers meanwhile.
struct RoastSeats: Sendable, Equatable {
    /// A seat's offer for its next session.
    struct Offer: Sendable, Equatable {
        let seat: SeatNumber
        var number: UInt32
        var encoded: [EncodedNonce]
        var nonces: [OfferedNonce]
    }

    /// The offers, in order of arrival.
    private(set) var ready: [Offer] = []
    /// The session that a seat has to answer, by its index in the order of opening.
    private(set) var pending: [SeatNumber: Int] = [:]
    /// Seats that broke a rule; they never return.
    private(set) var excluded: [SeatNumber: SigningBlame] = [:]
    /// The session with the seat's unchecked answer. The mark belongs to the seat and not to its offer: no offer, stale
    /// or fresh, removes it.
    private var unjudged: [SeatNumber: Int] = [:]
    private var lastUsed: [SeatNumber: UInt32] = [:]

    /// Takes nonces that a seat offers: its first ones, a renewal, or those with its answer.
    mutating func offer(
        _ encoded: [EncodedNonce], number: UInt32, seat: SeatNumber, decode: ([EncodedNonce]) -> [OfferedNonce]?
    ) -> SigningDrop? {
        guard excluded[seat] == nil else { return .excluded }
        guard pending[seat] == nil else { return .pending }
        if let last = lastUsed[seat], number <= last { return .staleNumber }
        let place = ready.firstIndex { $0.seat == seat }
        if let place, number <= ready[place].number {
            guard number == ready[place].number else { return .staleNumber }
            guard ready[place].encoded != encoded else { return .duplicate }
            exclude(seat, .secondNonce(number: number))
            return nil
        }
        guard let nonces = decode(encoded) else {
            exclude(seat, .undecodableNonce(number: number))
            return nil
        }
        guard let place else {
            ready.append(Offer(seat: seat, number: number, encoded: encoded, nonces: nonces))
            return nil
        }
        // A renewal keeps its place.
        ready[place].number = number
        ready[place].encoded = encoded
        ready[place].nonces = nonces
        return nil
    }

    /// Takes note of a seat's answer to a session, which must be checked; false if the seat did not owe that session an
    /// answer.
    mutating func answered(_ seat: SeatNumber, session: Int) -> Bool {
        guard pending[seat] == session else { return false }
        pending[seat] = nil
        unjudged[seat] = session
        return true
    }

    /// Excludes a seat that broke a rule; the first blame stays.
    mutating func exclude(_ seat: SeatNumber, _ blame: SigningBlame) {
        guard excluded[seat] == nil else { return }
        excluded[seat] = blame
        ready.removeAll { $0.seat == seat }
    }

    /// Takes note that every answer of a session was checked.
    mutating func judged(session: Int) { unjudged = unjudged.filter { $0.value != session } }

    /// Moves the first `count` ready seats into a session; nil while there are fewer.
    ///
    /// `judge` is called for each unchecked answer of theirs, and gives its fault.
    mutating func choose(
        _ count: Int, for session: Int, judge: (_ seat: SeatNumber, _ session: Int) -> SigningBlame?
    ) -> [Offer]? {
        var index = 0
        while index < count {
            guard ready.count >= count else { return nil }
            let seat = ready[index].seat
            if let answered = unjudged.removeValue(forKey: seat), let blame = judge(seat, answered) {
                exclude(seat, blame)
            } else {
                index += 1
            }
        }
        let chosen = Array(ready.prefix(count))
        ready.removeFirst(count)
        for offer in chosen {
            pending[offer.seat] = session
            lastUsed[offer.seat] = offer.number
        }
        return chosen
    }
}
