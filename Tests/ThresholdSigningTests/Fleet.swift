import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// Operators of one seat each, or of several, that sign a job together in memory, with an adversary on the wire.
///
/// Whatever a test does, it asserts that markers come before nonces, that the record comes before the shares, that no
/// nonce is shown twice, and that no attempt is answered twice, restarts included.
final class Fleet {
    /// A message on its way.
    struct Packet: Equatable {
        let from: Int
        let to: Int
        let kind: MessageKind
        var payload: Bytes
    }

    /// An operator, with what its disk and its log hold.
    final class Operator {
        fileprivate(set) var machine: SigningMachine
        fileprivate(set) var markers: [AttemptNumbers] = []
        fileprivate(set) var releases: [SigningRecord.Release] = []
        fileprivate(set) var outcome: [SigningMachine.Effect] = []
        fileprivate(set) var drops: [SigningDrop] = []
        fileprivate var random: SeededRandom
        // Markers that the disk has not confirmed.
        fileprivate var unconfirmed: [AttemptNumbers] = []

        init(machine: consuming SigningMachine, random: SeededRandom) {
            self.machine = machine
            self.random = random
        }

        var signatures: [SchnorrSignature]? {
            for case .finished(let signatures, _) in outcome { return signatures }
            return nil
        }

        var failure: SigningFailure? {
            for case .failed(let failure, _) in outcome { return failure }
            return nil
        }

        var report: SigningReport { machine.report }
    }

    let job: SigningJob
    let addresses: [EthereumAddress]
    private let dealt: DealtGroup
    private(set) var operators: [Operator] = []
    private(set) var block: BlockNumber
    var now = SigningInstant(milliseconds: 1_000_000)
    /// What the adversary makes of a packet: nothing, itself, or others.
    var adversary: (Packet) -> [Packet] = { [$0] }
    /// Operators that are switched off.
    var down: Set<Int> = []
    /// Markers wait until ``confirmMarkers()``.
    var diskIsSlow = false
    /// Draws the next packet at random instead of in order.
    var disorder: SeededRandom?
    private(set) var wire: [Packet] = []
    // What operators sent to one other for the first time.
    private var sent: [Packet] = []
    private var shownNonces: Set<Bytes> = []

    /// Seat `i + 1` is held by operator `holders[i]`, or `i` if nothing is said; instance `k` is coordinated by operator
    /// `k`.
    init(
        threshold: Int = 3, seats: Int = 5, holders: [Int]? = nil, inputs: [SigningJob.Input]? = nil,
        seed: String = "fleet", deadline: UInt64 = 400, arithmetic: any FrostArithmetic = EachArithmetic.current
    ) throws {
        var random = SeededRandom(seed, stream: 99)
        let holders = holders ?? Array(0..<seats)
        dealt = try DealtGroup(threshold: threshold, seats: holders.count, random: &random)
        let addresses = try (0...(holders.max() ?? 0)).map {
            try #require(EthereumAddress(sha256("operator \($0)".utf8).bytes.prefix(20)))
        }
        self.addresses = addresses
        let wallet = WalletPublicKeyHash(hash160([2] + dealt.key.outputKey.bytes))
        let group = try SigningGroup(wallet: wallet, seats: holders.map { addresses[$0] }, threshold: threshold)
        job = try SigningJob(
            group: group, key: dealt.key, proposal: try #require(ProposalDigest(sha256("proposal".utf8).bytes)),
            inputs: inputs ?? Self.inputs(1), begin: BlockNumber(100), deadline: BlockNumber(deadline),
            leaderOrder: addresses, arithmetic: arithmetic)
        block = job.begin
        for index in addresses.indices {
            operators.append(
                Operator(machine: try makeMachine(index), random: SeededRandom(seed, stream: UInt64(index))))
        }
    }

    static func inputs(_ count: Int) -> [SigningJob.Input] {
        (0..<count).map { index in
            let digest = sha256("input \(index)".utf8)
            // The wallet's own key and keys with scripts take turns, as in a sweep.
            return SigningJob.Input(
                message: digest, key: index % 2 == 0 ? .wallet : .taproot(merkleRoot: sha256(digest.bytes)))
        }
    }

    private func makeMachine(
        _ index: Int, markers: [AttemptNumbers] = [], releases: [SigningRecord.Release] = []
    ) throws -> SigningMachine {
        let bound = releases.map { release in
            BoundSession(
                instance: UInt32((release.attempts.first ?? 0) / UInt64(AttemptNumbers.perInstance)),
                session: release.session, requestDigest: release.requestDigest, seats: release.seats)
        }
        return SigningMachine(
            job: job, shares: try shares(of: index), sharesUntil: SigningInstant(milliseconds: .max), reserved: markers,
            bound: bound, hasReleased: !releases.isEmpty)
    }

    /// Owners of the shares of an operator's seats.
    func shares(of index: Int) throws -> [HeldShare] {
        try job.group.seats(of: addresses[index]).map { HeldShare(try dealt.share(of: $0)) }
    }

    /// A second owner of a seat's share.
    func share(of seat: SeatNumber) throws -> SecretShare { try dealt.share(of: seat) }

    // MARK: - Driving

    /// Hands the job over to everyone who is up.
    func begin() {
        for index in operators.indices where !down.contains(index) {
            perform(operators[index].machine.began(at: block), of: index)
        }
    }

    /// Lets so many blocks arrive, and everything that follows from each.
    func blocks(_ count: UInt64, milliseconds: UInt64 = 12_000) {
        for _ in 0..<count {
            block = block.adding(1)
            now = now.adding(milliseconds: milliseconds)
            for index in operators.indices where !down.contains(index) {
                let who = operators[index]
                perform(who.machine.blockArrived(block, now: now, random: &who.random), of: index)
            }
            deliver()
        }
    }

    /// Delivers until nothing is on the wire.
    func deliver() {
        while !wire.isEmpty { deliverOne() }
    }

    func deliverOne() {
        let packet = wire.remove(at: disorder?.below(wire.count) ?? 0)
        guard !down.contains(packet.to), !down.contains(packet.from) else { return }
        for packet in adversary(packet) { hand(packet) }
    }

    /// Hands a packet over, past the adversary.
    func hand(_ packet: Packet) {
        let who = operators[packet.to]
        perform(
            who.machine.received(
                packet.kind, payload: packet.payload, from: addresses[packet.from], now: now, random: &who.random),
            of: packet.to)
    }

    /// Runs an input of one operator.
    func input(
        _ index: Int, _ body: (inout SigningMachine, SigningInstant, inout SeededRandom) -> [SigningMachine.Effect]
    ) {
        perform(body(&operators[index].machine, now, &operators[index].random), of: index)
    }

    /// A link between two operators stands again.
    func link(_ one: Int, _ other: Int) {
        for (from, to) in [(one, other), (other, one)] {
            input(from) { machine, _, _ in machine.linked(to: self.addresses[to]) }
        }
    }

    /// Confirms the markers that wait.
    func confirmMarkers() {
        for (index, who) in operators.enumerated() {
            let waiting = who.unconfirmed
            who.unconfirmed = []
            for numbers in waiting { confirm(numbers, of: index) }
        }
    }

    /// An operator's process ends and begins again with what its disk holds.
    func restart(_ index: Int) throws {
        let who = operators[index]
        who.unconfirmed = []
        who.machine = try makeMachine(index, markers: who.markers, releases: who.releases)
        perform(who.machine.began(at: block), of: index)
    }

    // MARK: - Effects

    private func confirm(_ numbers: AttemptNumbers, of index: Int) {
        let who = operators[index]
        who.markers.append(numbers)
        perform(who.machine.reserved(numbers, now: now, random: &who.random), of: index)
    }

    private func perform(_ effects: [SigningMachine.Effect], of index: Int) {
        let who = operators[index]
        for effect in effects {
            switch effect {
            case .reserve(let numbers):
                #expect(
                    !who.markers.contains { $0.instance == numbers.instance && $0.numbers.overlaps(numbers.numbers) },
                    "a number is reserved once")
                if diskIsSlow { who.unconfirmed.append(numbers) } else { confirm(numbers, of: index) }
            case .record(.releasing(let release)):
                for attempt in release.attempts {
                    #expect(!who.releases.contains { $0.attempts.contains(attempt) }, "an attempt is answered once")
                    #expect(who.markers.contains { $0.attempts.contains(attempt) }, "no nonce without a marker")
                }
                let seats = release.seats.filter { job.holds([$0], addresses[index]) }
                #expect(release.attempts.count == seats.count, "each of our seats in the set has an attempt")
                #expect(Set(release.attempts).count == seats.count, "no two of our seats share one")
                who.releases.append(release)
            case .send(let message, let to):
                check(message, of: index)
                guard let target = addresses.firstIndex(of: to) else {
                    Issue.record("a message to a stranger")
                    continue
                }
                #expect(target != index, "what we send to ourselves stays inside")
                let packet = Packet(from: index, to: target, kind: message.kind, payload: message.encoded)
                sent.append(packet)
                wire.append(packet)
            case .again(let message, let to):
                guard let target = addresses.firstIndex(of: to) else {
                    Issue.record("a message to a stranger")
                    continue
                }
                let packet = Packet(from: index, to: target, kind: message.kind, payload: message.encoded)
                if [.frostNonces, .frostRequest, .frostShares].contains(message.kind) {
                    #expect(sent.contains(packet), "what is said again was said before, byte for byte")
                }
                wire.append(packet)
            case .broadcast(let message):
                for target in operators.indices where target != index {
                    wire.append(Packet(from: index, to: target, kind: message.kind, payload: message.encoded))
                }
            case .finished, .failed: who.outcome.append(effect)
            case .dropped(let drop, _): who.drops.append(drop)
            case .broken(let failure, _, _): Issue.record("operator \(index) failed its own check: \(failure)")
            }
        }
    }

    private func check(_ message: SigningMessage, of index: Int) {
        switch message {
        case .nonces(let message):
            for nonce in message.entries.flatMap(\.nonces) {
                #expect(shownNonces.insert(nonce.bytes).inserted, "no nonce is shown twice")
            }
        case .shares(let message):
            #expect(
                operators[index].releases.last?.requestDigest == message.requestDigest,
                "the record is on disk before the shares leave")
            for nonce in message.entries.flatMap(\.nextNonces) {
                #expect(shownNonces.insert(nonce.bytes).inserted, "no nonce is shown twice")
            }
        case .ready, .request, .result: break
        }
    }

    // MARK: - Judging

    /// Asserts that these operators finished with signatures that verify under the keys of the inputs.
    func expectSigned(_ indices: some Sequence<Int>, _ comment: Comment? = nil) throws {
        for index in indices {
            let signatures = try #require(operators[index].signatures, comment ?? "operator \(index) has no signatures")
            #expect(signatures.count == job.inputs.count)
            for (input, signature) in signatures.enumerated() {
                var context = TweakContext(job.key.groupKey)
                if case .taproot(let root) = job.inputs[input].key { try context.commit(toMerkleRoot: root) }
                let message = job.inputs[input].message
                #expect(
                    job.arithmetic.verifies(signature, message: message, key: context.outputKey),
                    comment ?? "input \(input), \(type(of: job.arithmetic))")
            }
            #expect(operators[index].outcome.count == 1, "a job has one outcome")
        }
    }
}

extension Fleet.Packet {
    /// Where the partial signature of an open input stands in `frost/shares`: of the seat that stands at a place of the
    /// message, in a job of so many inputs that are all open.
    static func shareOffset(_ input: Int, seatAt place: Int = 0, inputs: Int = 1) -> Int {
        32 + 4 + 4 + 32 + place * (4 + 32 * inputs + 4 + 66 * inputs) + 4 + 32 * input
    }

    /// The same with one bit of a byte turned over.
    func flipped(_ offset: Int) -> Fleet.Packet {
        var packet = self
        packet.payload[offset] ^= 1
        return packet
    }
}
