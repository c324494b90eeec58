import Primitives
import Synchronization

/// Holds one secret nonce until it is taken; it is given out once and wiped with its owner (threshold-signing.md §12 N5).
///
/// A class, because collections hold no noncopyable values.
final class NonceSlot: Sendable {
    let offered: EncodedNonce
    private let nonce: Mutex<SecretNonce?>

    /// Takes charge of a nonce.
    init(_ nonce: consuming SecretNonce) {
        offered = nonce.publicNonce.encoded
        self.nonce = Mutex(consume nonce)
    }

    /// Hands the nonce over; nil the second time.
    func take() -> SecretNonce? { nonce.withLock { $0.take() } }
}

/// The secret nonces of one of our seats in one instance, in memory only (threshold-signing.md §12 N1, N3).
struct NonceLedger: Sendable {
    /// How many numbers are held; the oldest is dropped.
    static let capacity = 2
    /// How long a nonce lives, in milliseconds.
    static let life: UInt64 = 60_000
    /// The age in milliseconds at which a waiting nonce is replaced; the replaced one stays usable for its own life.
    static let renewal: UInt64 = 40_000

    private struct Held: Sendable {
        let number: UInt32
        let drawn: SigningInstant
        // One per input of the job.
        let slots: [any OneUseNonce]
    }

    // Oldest first.
    private var held: [Held] = []

    /// Keeps the nonces of a number, one per input.
    mutating func keep(_ slots: [any OneUseNonce], number: UInt32, drawn: SigningInstant) {
        if held.count == Self.capacity { held.removeFirst() }
        held.append(Held(number: number, drawn: drawn, slots: slots))
    }

    /// Drops what has lived its life; true if that was all there was.
    mutating func expire(now: SigningInstant) -> Bool {
        let wasEmpty = held.isEmpty
        held.removeAll { $0.drawn.adding(milliseconds: Self.life) <= now }
        return held.isEmpty && !wasEmpty
    }

    /// Whether the nonces of a number can be taken.
    func holds(_ number: UInt32) -> Bool { held.contains { $0.number == number } }

    /// Takes the nonces of a number out for good; whoever leaves some of them unused wipes them by letting go.
    mutating func take(_ number: UInt32) -> [any OneUseNonce]? {
        held.firstIndex { $0.number == number }.map { held.remove(at: $0).slots }
    }

    /// When the newest nonces are to be replaced; nil if there are none.
    var renewalDue: SigningInstant? { held.last?.drawn.adding(milliseconds: Self.renewal) }
}
