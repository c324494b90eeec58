import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// Ids and coordinators of threshold-signing.md §10.
@Suite struct SigningJobTests {
    private static func operators(_ count: Int) throws -> [EthereumAddress] {
        try (1...count).map { try #require(EthereumAddress(Bytes(repeating: UInt8($0), count: 20))) }
    }

    /// The key of secret 1, held by one seat: every figure can be computed by hand.
    private static func job(
        wallet: UInt8 = 0x11, proposal: UInt8 = 0x22, messages: [UInt8] = [0x33, 0x44], root: UInt8? = 0x55,
        reordered: Bool = false
    ) throws -> SigningJob {
        var inputs = try messages.map {
            SigningJob.Input(message: try #require(Hash32(Bytes(repeating: $0, count: 32))))
        }
        if let root, inputs.count > 1 {
            inputs[1] = SigningJob.Input(
                message: inputs[1].message,
                key: .taproot(merkleRoot: try #require(Hash32(Bytes(repeating: root, count: 32)))))
        }
        if reordered { inputs.reverse() }
        let operators = try operators(1)
        return try SigningJob(
            group: try SigningGroup(
                wallet: try #require(WalletPublicKeyHash(Bytes(repeating: wallet, count: 20))), seats: operators,
                threshold: 1),
            key: try ThresholdKey(groupKey: .generator, publicShares: [.generator], threshold: 1),
            proposal: try #require(ProposalDigest(Bytes(repeating: proposal, count: 32))), inputs: inputs,
            begin: BlockNumber(10), deadline: BlockNumber(20), leaderOrder: operators)
    }

    // Figures computed from the formulas by a program of other origin.
    @Test("Job, session and request have the ids of the formulas")
    func golden() throws {
        let job = try Self.job()
        #expect(job.id.hex == "2df33224720d6da97e426d083166063ed4d389564e53b5ec3a187171828f365b")
        #expect(
            job.sessionID(instance: 2, number: 7, seats: [SeatNumber(1)]).hex
                == "dd563a3a1e68d907d794bd8d581cf98e72f1981ba24684a2b5d8a3ea2ad3f670")
        let request = FrostRequest(
            job: job.id, instance: 2, number: 7, open: OpenInputs([0, 1]),
            members: [FrostRequest.Member(seat: SeatNumber(1), number: 5)],
            aggregates: try [6, 7].map { try #require(EncodedNonce(Bytes(repeating: $0, count: 66))) })
        #expect(job.digest(of: request).hex == "6ad38778077b28beeb0489bcb305526f629c2219e061f727fc2727b2104aa076")
    }

    @Test("Another wallet, proposal, message, key or order of inputs is another job")
    func binding() throws {
        let ids = try [
            Self.job(), Self.job(wallet: 0x12), Self.job(proposal: 0x23), Self.job(messages: [0x33, 0x45]),
            Self.job(messages: [0x33]), Self.job(root: nil), Self.job(root: 0x56), Self.job(reordered: true),
        ].map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(try Self.job().id == ids[0])
    }

    @Test("A session is named by its set whatever the order, and by instance, number and every seat")
    func sessions() throws {
        let job = try Self.job()
        let seats = [1, 2, 3].map { SeatNumber($0) }
        let id = job.sessionID(instance: 0, number: 0, seats: seats)
        #expect(job.sessionID(instance: 0, number: 0, seats: seats.reversed()) == id)
        let others = [
            job.sessionID(instance: 1, number: 0, seats: seats), job.sessionID(instance: 0, number: 1, seats: seats),
            job.sessionID(instance: 0, number: 0, seats: [1, 2, 4].map { SeatNumber($0) }),
            job.sessionID(instance: 0, number: 0, seats: Array(seats.prefix(2))),
        ]
        #expect(Set(others + [id]).count == 5)
    }

    @Test("The request digest changes with every field of the request")
    func requestDigest() throws {
        let job = try Self.job()
        func digest(
            number: UInt32 = 0, open: [Int] = [0], members: [(UInt16, UInt32)] = [(1, 4), (2, 5)], nonce: UInt64 = 1
        ) -> Hash32 {
            job.digest(
                of: FrostRequest(
                    job: job.id, instance: 0, number: number, open: OpenInputs(open),
                    members: members.map { FrostRequest.Member(seat: SeatNumber($0), number: $1) },
                    aggregates: [TestNonces.encoded(nonce)]))
        }
        let digests = [
            digest(), digest(number: 1), digest(open: [1]), digest(members: [(1, 4), (3, 5)]),
            digest(members: [(1, 4), (2, 6)]), digest(nonce: 2),
        ]
        #expect(Set(digests).count == digests.count)
    }

    @Test(
        "The coordinators are the shortest prefix of the order whose seats number more than n - t",
        arguments: [
            // Seats of the operators in leader order, threshold, coordinators.
            ([1, 1, 1, 1, 1], 3, 3), ([1, 1, 1, 1, 1], 5, 1), ([1, 1, 1, 1, 1], 1, 5), ([3, 1, 1], 3, 1),
            ([1, 3, 1], 3, 2), ([2, 2, 1], 3, 2), ([5], 3, 1),
        ])
    func coordinators(held: [Int], threshold: Int, expected: Int) throws {
        let order = try Self.operators(held.count)
        let seats = zip(order, held).flatMap { Array(repeating: $0, count: $1) }
        var random = SeededRandom("coordinators")
        let dealt = try DealtGroup(threshold: threshold, seats: seats.count, random: &random)
        let group = try SigningGroup(wallet: .none, seats: seats, threshold: threshold)
        func job(_ order: [EthereumAddress], inputs: Int = 1, group: SigningGroup) throws -> SigningJob {
            try SigningJob(
                group: group, key: dealt.key, proposal: try #require(ProposalDigest(Hash32.zero.bytes)),
                inputs: Fleet.inputs(inputs), begin: BlockNumber(100), deadline: BlockNumber(400), leaderOrder: order)
        }
        let made = try job(order, group: group)
        #expect(made.coordinators == Array(order.prefix(expected)))
        #expect(made.coordinator(ofInstance: UInt32(expected)) == nil)
        #expect(made.instance(of: order[expected - 1]) == UInt32(expected - 1))
        #expect(made.begin(ofInstance: 2) == BlockNumber(104))
        #expect(made.mostSessions == seats.count - threshold + 1)

        let stranger = try #require(EthereumAddress(Bytes(repeating: 0xee, count: 20)))
        #expect(throws: SigningJobFailure.leaderOrder(stranger)) { try job([stranger] + order, group: group) }
        #expect(throws: SigningJobFailure.coordinators(seats: 0)) { try job([], group: group) }
        #expect(throws: SigningJobFailure.inputCount(0)) { try job(order, inputs: 0, group: group) }
        #expect(throws: SigningJobFailure.inputCount(33)) { try job(order, inputs: 33, group: group) }
        if expected > 1 {
            let twice = [order[0], order[0]]
            #expect(throws: SigningJobFailure.leaderOrder(order[0])) { try job(twice, group: group) }
        }
        let larger = try SigningGroup(wallet: .none, seats: seats + [stranger], threshold: threshold)
        #expect(throws: SigningJobFailure.group(threshold: threshold, seats: seats.count)) {
            try job(order, group: larger)
        }
    }
}
