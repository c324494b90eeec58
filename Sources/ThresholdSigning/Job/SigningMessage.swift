package import Coordination
package import Primitives
package import Secp256k1

/// What operators tell each other about a job (threshold-signing.md §10.7): the payload of an envelope.
///
/// Every payload begins with the job id. Integers are big-endian, lists fill what is left, nothing may be left over;
/// no count stands where the job or the session already says it.
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

    /// The kind of the envelope that carries it.
    package var kind: MessageKind {
        switch self {
        case .ready: .signReady
        case .nonces: .frostNonces
        case .request: .frostRequest
        case .shares: .frostShares
        case .result: .signResult
        }
    }

    /// The job that it belongs to.
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

/// `sign/ready`: which seats of the sender are available, and whom it has banned (threshold-signing.md §10.5).
package struct SigningReady: Hashable, Sendable {
    package let job: Hash32
    package let proposal: ProposalDigest
    /// The available seats, ascending.
    package let seats: [SeatNumber]
    /// The operators that the sender has banned, ascending; bans exist in ECDSA wallets only (§13.9).
    package let bans: [EthereumAddress]

    /// Announces seats; both lists are sorted and freed of repeats.
    package init(job: Hash32, proposal: ProposalDigest, seats: [SeatNumber], bans: [EthereumAddress] = []) {
        self.job = job
        self.proposal = proposal
        self.seats = Set(seats).sorted()
        self.bans = Set(bans).sorted()
    }
}

/// `frost/nonces`: public nonces of the sender's seats for one instance, one nonce per input of the job.
package struct FrostNonces: Hashable, Sendable {
    /// The nonces of one seat.
    package struct Entry: Hashable, Sendable {
        package let seat: SeatNumber
        /// The number under which they are used at most once.
        package let number: UInt32
        /// One per input of the job, in order.
        package let nonces: [EncodedNonce]
    }

    package let job: Hash32
    package let instance: UInt32
    /// By ascending seat; never empty.
    package let entries: [Entry]
}

/// `frost/request`: a coordinator names a set, its nonces and the sums of the nonces.
package struct FrostRequest: Hashable, Sendable {
    /// A seat of the set and the number of the nonces that it is to use.
    package struct Member: Hashable, Sendable {
        package let seat: SeatNumber
        package let number: UInt32
    }

    package let job: Hash32
    package let instance: UInt32
    /// Counts the sessions of the instance.
    package let number: UInt32
    package let open: OpenInputs
    /// By ascending seat.
    package let members: [Member]
    /// One per open input, in order.
    package let aggregates: [EncodedNonce]

    /// The seats of the set, ascending.
    package var seats: [SeatNumber] { members.map(\.seat) }
}

/// `frost/shares`: the sender's partial signatures in a session, and the nonces for its next one.
package struct FrostShares: Hashable, Sendable {
    /// What one seat answers.
    package struct Entry: Hashable, Sendable {
        package let seat: SeatNumber
        /// One per open input, in order.
        package let shares: [PartialSignature]
        /// The number of the next nonces.
        package let nextNumber: UInt32
        /// One per input of the job, in order.
        package let nextNonces: [EncodedNonce]
    }

    package let job: Hash32
    package let instance: UInt32
    package let number: UInt32
    package let requestDigest: Hash32
    /// By ascending seat; never empty.
    package let entries: [Entry]
}

/// `sign/result`: signatures that anybody can verify.
package struct SigningResult: Hashable, Sendable {
    /// The signature of one input.
    package struct Entry: Hashable, Sendable {
        package let input: UInt32
        package let signature: SchnorrSignature
    }

    package let job: Hash32
    /// By ascending input; never empty.
    package let entries: [Entry]
}
