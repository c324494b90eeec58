import Coordination
import Primitives
import Secp256k1

/// One session of a coordinator: a fixed set, its nonces, and the received shares.
struct RoastSession: Sendable {
    /// A seat of the set with the nonces that it offered.
    struct Member: Sendable, Equatable {
        let seat: SeatNumber
        let number: UInt32
        /// The nonces, one for each input of the job.
        let nonces: [OfferedNonce]
    }

    let request: FrostRequest
    let digest: Hash32
    /// The members by ascending seat.
    let members: [Member]
    private let inputs: [Input]
    private var shares: [SeatNumber: [PartialSignature]] = [:]
    /// Set once every share was received and checked.
    private(set) var isSettled = false

    // An open input with the values that its shares must match.
    private struct Input: Sendable {
        let index: Int
        let session: any FrostSession
    }

    /// Sums the nonces of the members for every open input.
    init(job: SigningJob, instance: UInt32, number: UInt32, members: [Member], open: OpenInputs) {
        let members = members.sorted { $0.seat < $1.seat }
        let set = job.key.signerSet(of: members.map(\.seat))
        var inputs: [Input] = []
        for index in open.indices {
            let session = job.arithmetic.session(
                job.terms(set, input: index), nonces: members.map { $0.nonces[index] })
            inputs.append(Input(index: index, session: session))
        }
        request = FrostRequest(
            job: job.id, instance: instance, number: number, open: open,
            members: members.map { FrostRequest.Member(seat: $0.seat, number: $0.number) },
            aggregates: inputs.map(\.session.aggregate))
        digest = job.digest(of: request)
        self.members = members
        self.inputs = inputs
    }

    /// Whether every seat answered with scalars.
    var isComplete: Bool { shares.count == members.count }

    /// The seats that have not answered.
    var silent: [SeatNumber] { members.map(\.seat).filter { shares[$0] == nil } }

    /// Keeps a seat's answer, one share for each open input.
    mutating func store(_ answer: [PartialSignature], of seat: SeatNumber) { shares[seat] = answer }

    /// The signatures that are the sums of the shares, by input; they may be invalid. Call it once, when complete.
    mutating func settle() -> [(input: Int, signature: SchnorrSignature)] {
        isSettled = true
        return inputs.indices.map { place in
            let answers = members.map { member in
                guard let answer = shares[member.seat] else { preconditionFailure("only a complete session settles") }
                return answer[place]
            }
            do {
                return (inputs[place].index, try inputs[place].session.signature(of: answers))
            } catch {
                preconditionFailure("every member answered with scalars: \(error)")
            }
        }
    }

    /// The fault of a seat's shares for these inputs; nil if all hold.
    func blame(for seat: SeatNumber, among open: OpenInputs) -> SigningBlame? {
        guard let position = members.firstIndex(where: { $0.seat == seat }), let answer = shares[seat] else {
            preconditionFailure("only shares that came are judged")
        }
        let bad = zip(inputs, answer).first { input, share in
            open.contains(input.index)
                && !input.session.holds(share, position: position)
        }
        return bad.map { .badShare(session: request.number, input: $0.0.index) }
    }
}

extension RoastSession: Equatable {
    /// Compares requests and answers; the values of the inputs follow from the nonces of the members.
    static func == (left: RoastSession, right: RoastSession) -> Bool {
        left.request == right.request && left.members == right.members && left.shares == right.shares
            && left.isSettled == right.isSettled
    }
}
