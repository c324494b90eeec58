import Coordination
import Primitives

/// Where each seat of an instance stands: waiting with nonces, owing an answer, or out (threshold-signing.md §11).
///
/// It is the table of that section without its arithmetic: whoever drives it decodes nonces and judges shares. Its
/// promise is that a faulty seat spoils at most one session, since a seat is in one session at a time and an answer is
/// judged before its sender is used again, whatever it offers meanwhile.
struct RoastSeats: Sendable, Equatable {
    /// What a seat offers for its next session.
    struct Offer: Sendable, Equatable {
        let seat: SeatNumber
        var number: UInt32
        var encoded: [EncodedNonce]
        var nonces: [OfferedNonce]
    }

    /// In order of arrival.
    private(set) var ready: [Offer] = []
    /// The session that a seat has to answer, by its place in the order of opening.
    private(set) var pending: [SeatNumber: Int] = [:]
    /// Seats that broke a rule; they never return.
    private(set) var excluded: [SeatNumber: SigningBlame] = [:]
    /// The session whose answer by the seat is not judged yet. The mark is the seat's, not its offer's: no offer, stale or
    /// fresh, takes it away.
    private var unjudged: [SeatNumber: Int] = [:]
    private var lastUsed: [SeatNumber: UInt32] = [:]

    /// Takes nonces that a seat offers, first, as a renewal, or with its answer.
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

    /// A seat answered a session, which is to be judged; false if it owed that session nothing.
    mutating func answered(_ seat: SeatNumber, session: Int) -> Bool {
        guard pending[seat] == session else { return false }
        pending[seat] = nil
        unjudged[seat] = session
        return true
    }

    /// A seat broke a rule; the first one stands.
    mutating func exclude(_ seat: SeatNumber, _ blame: SigningBlame) {
        guard excluded[seat] == nil else { return }
        excluded[seat] = blame
        ready.removeAll { $0.seat == seat }
    }

    /// Every answer of a session was judged.
    mutating func judged(session: Int) { unjudged = unjudged.filter { $0.value != session } }

    /// Moves the first `count` seats that are ready into a session; nil while there are not as many.
    ///
    /// `judge` is asked about each answer of theirs that is not judged yet, and says what is wrong with it.
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
