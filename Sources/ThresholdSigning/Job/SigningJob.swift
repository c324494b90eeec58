package import Coordination
package import Primitives
import Secp256k1

/// The reason that a job cannot be made of its parts.
package enum SigningJobFailure: Error, Hashable, Sendable {
    /// The number of inputs is zero, or above ``SigningJob/largestInputCount``.
    case inputCount(Int)
    /// The key has another threshold or number of seats than the group.
    case group(threshold: Int, seats: Int)
    /// The order names an operator twice, or one without a seat.
    case leaderOrder(EthereumAddress)
    /// The operators of the order hold too few seats to ensure an honest one.
    case coordinators(seats: Int)
    /// The key of this input cannot be derived.
    case tweak(TweakFailure, input: Int)
}

/// A batch that the wallet signs for an agreed action: the inputs of one transaction, or one heartbeat
/// (threshold-signing.md §10).
///
/// Its id binds wallet, proposal (and through it chain, Bridge and profile), every message and every key. Operators
/// that assembled something else have another job, and never meet in a session.
package struct SigningJob: Sendable {
    /// The largest number of inputs of a job.
    package static let largestInputCount = 32
    /// Blocks between the beginnings of two instances (§10.3). Messages are taken this many blocks early.
    package static let instanceBlocks: UInt64 = 2
    // Kind 2 is ECDSA.
    private static let bip340: UInt8 = 1

    /// The key of the wallet for an input (§8). A tweak is derived here and never taken from the wire.
    package enum Key: Hashable, Sendable {
        /// The wallet's own key: for its outputs, and for leaves that name it.
        case wallet
        /// The wallet's key, committed to scripts with this Merkle root by BIP-0341.
        case taproot(merkleRoot: Hash32)
    }

    /// The message and key of one input.
    package struct Input: Hashable, Sendable {
        /// The digest; for a transaction input that of BIP-0341 with hash type DEFAULT.
        package let message: Hash32
        package let key: Key

        /// Describes the signature of a digest under a key.
        package init(message: Hash32, key: Key = .wallet) {
            self.message = message
            self.key = key
        }
    }

    /// The job id of §10.1.
    package let id: Hash32
    package let group: SigningGroup
    package let key: ThresholdKey
    package let proposal: ProposalDigest
    /// The inputs, in transaction order.
    package let inputs: [Input]
    /// The block of the hand-over, from which the instances are counted.
    package let begin: BlockNumber
    /// The last block at which a share may leave.
    package let deadline: BlockNumber
    /// The coordinators of the instances, instance 0 first. They are the shortest prefix of the leader order with more
    /// than `n - t` seats (§10.3), so that one of them is honest whenever `t` seats are.
    package let coordinators: [EthereumAddress]
    /// The key of each input, with its derivation from the wallet's key.
    let contexts: [TweakContext]
    /// The arithmetic: the curve, unless a simulation sets another.
    let arithmetic: any FrostArithmetic

    /// Makes the job of an accepted action.
    ///
    /// - Throws: ``SigningJobFailure`` for the first rule that the parts break.
    package init(
        group: SigningGroup, key: ThresholdKey, proposal: ProposalDigest, inputs: [Input], begin: BlockNumber,
        deadline: BlockNumber, leaderOrder: [EthereumAddress],
        arithmetic: any FrostArithmetic = CurveArithmetic()
    ) throws(SigningJobFailure) {
        guard (1...Self.largestInputCount).contains(inputs.count) else { throw .inputCount(inputs.count) }
        guard key.threshold == group.threshold, key.seatCount == group.seats.count else {
            throw .group(threshold: key.threshold, seats: key.seatCount)
        }
        var contexts: [TweakContext] = []
        for (index, input) in inputs.enumerated() {
            do {
                contexts.append(try TweakContext(key: key.groupKey, use: input.key))
            } catch {
                throw .tweak(error, input: index)
            }
        }
        self.group = group
        self.key = key
        self.proposal = proposal
        self.inputs = inputs
        self.begin = begin
        self.deadline = deadline
        self.contexts = contexts
        self.arithmetic = arithmetic
        coordinators = try Self.coordinators(leaderOrder, group: group)

        var bytes = group.wallet.bytes
        bytes.append(proposal)
        bytes.append(Self.bip340)
        bytes.append(bigEndian: UInt32(inputs.count))
        for (input, context) in zip(inputs, contexts) {
            bytes.append(input.message)
            bytes.append(2)
            bytes.append(contentsOf: context.outputKey.bytes)
        }
        id = Tag.signJob.hash(bytes)
    }

    private static func coordinators(
        _ order: [EthereumAddress], group: SigningGroup
    ) throws(SigningJobFailure) -> [EthereumAddress] {
        var prefix: [EthereumAddress] = []
        var seats = 0
        for address in order {
            let held = group.seats(of: address).count
            guard held > 0, !prefix.contains(address) else { throw .leaderOrder(address) }
            prefix.append(address)
            seats += held
            if seats > group.seats.count - group.threshold { return prefix }
        }
        throw .coordinators(seats: seats)
    }

    /// The most sessions that an instance opens, `n - t + 1` (§11).
    package var mostSessions: Int { group.seats.count - group.threshold + 1 }

    /// The block from which the coordinator of an instance works (§10.3).
    package func begin(ofInstance instance: UInt32) -> BlockNumber {
        begin.adding(Self.instanceBlocks * UInt64(instance))
    }

    /// The coordinator of an instance; nil if the instance does not exist.
    package func coordinator(ofInstance instance: UInt32) -> EthereumAddress? {
        coordinators.indices.contains(Int(instance)) ? coordinators[Int(instance)] : nil
    }

    /// The instance that an operator coordinates; nil if it is not among the coordinators.
    package func instance(of address: EthereumAddress) -> UInt32? {
        coordinators.firstIndex(of: address).map(UInt32.init)
    }

    /// The id of a session with one fixed set (§10.1).
    package func sessionID(instance: UInt32, number: UInt32, seats: [SeatNumber]) -> Hash32 {
        Self.sessionID(job: id, instance: instance, number: number, seats: seats)
    }

    private static func sessionID(job id: Hash32, instance: UInt32, number: UInt32, seats: [SeatNumber]) -> Hash32 {
        var bytes = id.bytes
        bytes.append(bip340)
        bytes.append(bigEndian: instance)
        bytes.append(bigEndian: number)
        bytes.append(bigEndian: UInt32(seats.count))
        for seat in seats.sorted() { bytes.append(seat: seat) }
        return Tag.signSession.hash(bytes)
    }

    /// The digest that answers to a request carry, so that an answer cannot be moved to another request (§11).
    package func digest(of request: FrostRequest) -> Hash32 { Self.digest(of: request, job: id) }

    /// The same for the job with this id.
    package static func digest(of request: FrostRequest, job id: Hash32) -> Hash32 {
        var bytes = sessionID(job: id, instance: request.instance, number: request.number, seats: request.seats).bytes
        bytes.append(bigEndian: request.open.rawValue)
        for member in request.members { bytes.append(bigEndian: member.number) }
        for aggregate in request.aggregates { bytes.append(contentsOf: aggregate.bytes) }
        return Tag.frostRequest.hash(bytes)
    }

    /// The terms under which a set signs an input.
    func terms(_ set: SignerSet, input: Int) -> SigningTerms {
        SigningTerms(
            set: set, threshold: key.threshold, tweaks: contexts[input], message: inputs[input].message)
    }

    /// Whether the seats are all held by this operator.
    func holds(_ seats: some Sequence<SeatNumber>, _ address: EthereumAddress) -> Bool {
        seats.allSatisfy { group.operator(of: $0) == address }
    }
}

extension SigningJob: Hashable {
    /// Compares content, signers and time: the id binds proposal, messages and keys. The arithmetic is not compared.
    package static func == (left: SigningJob, right: SigningJob) -> Bool {
        left.id == right.id && left.group == right.group && left.key == right.key && left.begin == right.begin
            && left.deadline == right.deadline && left.coordinators == right.coordinators
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
