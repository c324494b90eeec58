import Primitives
import Synchronization

/// Holds one secret nonce until it is taken. The nonce is given out once and wiped with its owner (threshold-signing.md
/// §12 N5).
///
/// A class, because collections cannot hold noncopyable values.
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
    /// The most numbers held; the oldest is dropped.
    static let capacity = 2
    /// The life of a nonce, in milliseconds.
    static let life: UInt64 = 60_000
    /// The age in milliseconds at which a waiting nonce is replaced; the replaced one stays usable for its own life.
    static let renewal: UInt64 = 40_000

    private struct Held: Sendable {
        let number: UInt32
        let drawn: SigningInstant
        // One slot for each input of the job.
        let slots: [any OneUseNonce]
    }

    // The held nonces, oldest first.
    private var held: [Held] = []

    /// Keeps the nonces of a number, one for each input.
    mutating func keep(_ slots: [any OneUseNonce], number: UInt32, drawn: SigningInstant) {
        if held.count == Self.capacity { held.removeFirst() }
        held.append(Held(number: number, drawn: drawn, slots: slots))
    }

    /// Drops the nonces at the end of their life; true if no nonces are left because of it.
    mutating func expire(now: SigningInstant) -> Bool {
        let wasEmpty = held.isEmpty
        held.removeAll { $0.drawn.adding(milliseconds: Self.life) <= now }
        return held.isEmpty && !wasEmpty
    }

    /// Whether the nonces of a number can be taken.
    func holds(_ number: UInt32) -> Bool { held.contains { $0.number == number } }

    /// Takes the nonces of a number out for good; a caller that leaves some unused wipes them by dropping them.
    mutating func take(_ number: UInt32) -> [any OneUseNonce]? {
        held.firstIndex { $0.number == number }.map { held.remove(at: $0).slots }
    }

    /// The time at which the newest nonces are due for replacement; nil if there are none.
    var renewalDue: SigningInstant? { held.last?.drawn.adding(milliseconds: Self.renewal) }
}
