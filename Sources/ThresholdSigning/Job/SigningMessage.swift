package import Coordination
package import Primitives
package import Secp256k1

/// A message between operators about a job (threshold-signing.md §10.7): the payload of an envelope.
///
/// Every payload begins with the job id. Integers are big-endian, the last list fills the rest, and no bytes may be
/// left over. A count that the job or the session already determines is not sent.
package enum SigningMessage: Hashable, Sendable {
    /// `sign/ready`: the sender works on the job.
    case ready(SigningReady)
    /// `frost/nonces`: first nonces of an instance, and their renewals.
    case nonces(FrostNonces)
    /// `frost/request`: a coordinator opens a session.
    case request(FrostRequest)
    /// `frost/shares`: the answer to a request, with the next nonces.
    case shares(FrostShares)
    /// `sign/result`: finished signatures.
    case result(SigningResult)

    /// The kind of the message's envelope.
    package var kind: MessageKind {
        switch self {
        case .ready: .signReady
        case .nonces: .frostNonces
        case .request: .frostRequest
        case .shares: .frostShares
        case .result: .signResult
        }
    }

    /// The message's job.
    package var job: Hash32 {
        switch self {
        case .ready(let message): message.job
        case .nonces(let message): message.job
        case .request(let message): message.job
        case .shares(let message): message.job
        case .result(let message): message.job
        }
    }
}

/// `sign/ready`: the sender's available seats, and the operators that it has banned (threshold-signing.md §10.5).
package struct SigningReady: Hashable, Sendable {
    package let job: Hash32
    package let proposal: ProposalDigest
    /// The available seats, ascending.
    package let seats: [SeatNumber]
    /// The operators that the sender has banned, ascending; bans exist in ECDSA wallets only (§13.9).
    package let bans: [EthereumAddress]

    /// Announces seats; both lists are sorted and freed of duplicates.
    package init(job: Hash32, proposal: ProposalDigest, seats: [SeatNumber], bans: [EthereumAddress] = []) {
        self.job = job
        self.proposal = proposal
        self.seats = Set(seats).sorted()
        self.bans = Set(bans).sorted()
    }
}

/// `frost/nonces`: public nonces of the sender's seats for one instance, one nonce for each input of the job.
package struct FrostNonces: Hashable, Sendable {
    /// The nonces of one seat.
    package struct Entry: Hashable, Sendable {
        package let seat: SeatNumber
        /// The number of the nonces; they are used at most once under it.
        package let number: UInt32
        /// The nonces in order, one for each input of the job.
        package let nonces: [EncodedNonce]
    }

    package let job: Hash32
    package let instance: UInt32
    /// The entries by ascending seat; never empty.
    package let entries: [Entry]
}

/// `frost/request`: a coordinator names a set, its nonces and the sums of the nonces.
package struct FrostRequest: Hashable, Sendable {
    /// A seat of the set, with the number of the nonces that it must use.
    package struct Member: Hashable, Sendable {
        package let seat: SeatNumber
        package let number: UInt32
    }

    package let job: Hash32
    package let instance: UInt32
    /// The number of the session in the instance.
    package let number: UInt32
    package let open: OpenInputs
    /// The members by ascending seat.
    package let members: [Member]
    /// The sums in order, one for each open input.
    package let aggregates: [EncodedNonce]

    /// The seats of the set, ascending.
    package var seats: [SeatNumber] { members.map(\.seat) }
}

/// `frost/shares`: the sender's partial signatures in a session, and the nonces for its next one.
package struct FrostShares: Hashable, Sendable {
    /// The answer of one seat.
    package struct Entry: Hashable, Sendable {
        package let seat: SeatNumber
        /// The shares in order, one for each open input.
        package let shares: [PartialSignature]
        /// The number of the next nonces.
        package let nextNumber: UInt32
        /// The next nonces in order, one for each input of the job.
        package let nextNonces: [EncodedNonce]
    }

    package let job: Hash32
    package let instance: UInt32
    package let number: UInt32
    package let requestDigest: Hash32
    /// The entries by ascending seat; never empty.
    package let entries: [Entry]
}

/// `sign/result`: signatures that anyone can verify.
package struct SigningResult: Hashable, Sendable {
    /// The signature of one input.
    package struct Entry: Hashable, Sendable {
        package let input: UInt32
        package let signature: SchnorrSignature
    }

    package let job: Hash32
    /// The entries by ascending input; never empty.
    package let entries: [Entry]
}
