package import Coordination
package import Primitives
package import Secp256k1

/// An effect of the machines of a job, in order (threshold-signing.md §15, §16).
package enum SigningEffect: Sendable, Equatable {
    /// Commit a marker for each attempt, in a transaction of its own, then pass the numbers to `reserved`.
    case reserve(AttemptNumbers)
    /// Commit this before any effect after it is performed.
    case record(SigningRecord)
    /// Send to one operator; its answer may never come.
    case send(SigningMessage, to: EthereumAddress)
    /// Send again a message that the other end may have lost with its link: byte for byte, if it was sent before.
    case again(SigningMessage, to: EthereumAddress)
    /// Send to every other operator of the wallet.
    case broadcast(SigningMessage)
    /// Every input has a signature that verifies; all nonces are wiped.
    case finished([SchnorrSignature], SigningReport)
    /// The job ends here unsigned; all nonces are wiped.
    case failed(SigningFailure, SigningReport)
    /// Our own signing failed; nothing was sent and the nonces are gone. The second failure halts the wallet (§14).
    case broken(PartialSigningFailure, instance: UInt32, number: UInt32)
    /// A message had no effect, for this reason.
    case dropped(SigningDrop, from: EthereumAddress)
}

/// A record that must be on disk before the effects that it announces (threshold-signing.md §16).
package enum SigningRecord: Sendable, Hashable {
    /// Shares leave next: the record becomes `releasing`, and the attempts are bound to this session (AT1, B5).
    case releasing(Release)

    /// The shares that leave.
    package struct Release: Sendable, Hashable {
        /// The attempt of each of our seats in the set, by ascending seat: `instance · 4096 + nonce number`.
        package let attempts: [UInt64]
        /// Our seats in the set, ascending.
        package let own: [SeatNumber]
        package let session: Hash32
        package let requestDigest: Hash32
        /// The seats of the set, ascending.
        package let seats: [SeatNumber]
    }
}

extension SigningRecord.Release {
    /// The nonce number that a seat of ours uses up; nil for any other seat.
    package func nonceNumber(of seat: SeatNumber) -> UInt32? {
        own.firstIndex(of: seat).map { UInt32(attempts[$0] % UInt64(AttemptNumbers.perInstance)) }
    }
}

/// A session to which a share of ours was bound on disk in an earlier run (durability-and-events.md AT1). Its number is
/// not stored; it follows from the session's name and seats.
package struct BoundSession: Sendable, Hashable {
    package let instance: UInt32
    package let session: Hash32
    package let requestDigest: Hash32
    /// The seats of the set, ascending.
    package let seats: [SeatNumber]

    /// Describes the ledger's entry.
    package init(instance: UInt32, session: Hash32, requestDigest: Hash32, seats: [SeatNumber]) {
        self.instance = instance
        self.session = session
        self.requestDigest = requestDigest
        self.seats = seats
    }
}

/// The reason that a job ended unsigned.
package enum SigningFailure: Error, Sendable, Hashable {
    /// The remaining accepts for the digest no longer suffice (B5).
    case equivocation
    /// The deadline passed before a share of ours left.
    case deadline
}
