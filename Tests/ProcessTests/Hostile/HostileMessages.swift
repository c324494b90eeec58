import Coordination
import DevNet
import Foundation
import Node
import Peers
import Primitives
import Secp256k1
import Synchronization
import TestKit
import WalletActions

@testable import OperatorCLI
@testable import ThresholdSigning

/// What one member signs: well-formed messages of every kind, about what is real and what is invented.
struct HostileMessages {
    /// What a member can know of the network, by which its messages come near the truth.
    struct Scene {
        let head: BlockReference
        /// Proposals that somebody chose lately.
        let digests: [ProposalDigest]
        /// Jobs that were begun lately.
        let jobs: [Hash32]
        /// Envelopes that others signed.
        let heard: [Bytes]
    }

    private let member: DevNetOperator
    private let group: SigningGroup
    private let seat: SeatNumber
    /// Points of the curve, in place of nonces.
    private let points: [Bytes]
    /// The largest payloads of their kinds; those of signing begin with a job.
    private var largest: [(kind: MessageKind, payload: Bytes)] = []
    private var random: SeededGenerator
    private var counter: UInt64 = 0
    private static let domain = Domain(chainID: DevNetChains.chainID, profile: DevNetChains.profile)
    private static let frequency = DevNetChains.profile.frequency

    init(_ member: DevNetOperator, in group: SigningGroup, seed: UInt64) {
        self.member = member
        self.group = group
        seat = group.lowestSeat(of: member.address) ?? .none
        points = (0..<8).map { _ in TestKey().publicKey.compressed }
        random = SeededGenerator(seed: seed)
        let deposit = Proposal.Deposit(transaction: drawn(), outputIndex: 0, revealBlock: BlockNumber(20))
        let script = Bytes([0, 20]) + drawn(Hash20.self).bytes
        let six = Array(repeating: nonce(), count: 6)
        let many = (1...255).map { FrostNonces.Entry(seat: SeatNumber($0), number: 0, nonces: six) }
        let nonces = SigningMessage.nonces(FrostNonces(job: drawn(), instance: 0, entries: many))
        largest =
            [
                Proposal.depositSweep(deposits: Array(repeating: deposit, count: 1_400), fee: 1_000),
                .redemption(scripts: Array(repeating: script, count: 2_000), fee: 1_000),
            ].map { (.proposal, $0.encoded) } + [(.frostNonces, nonces.encoded)]
    }

    /// Frames about past, present, next and far windows and a block that opens none, of our wallet and of one that nobody
    /// has, and what others signed once more. Each is what its kind's decoder takes, and signed; the present window has
    /// most of them.
    mutating func frames(of scene: Scene) async -> [Bytes] {
        let frequency = Self.frequency
        let now = BlockNumber(scene.head.number.rawValue / frequency * frequency)
        let around = [now, now, now.adding(frequency), now.adding(50 * frequency), now.adding(1)]
        let windows = [now.subtracting(2 * frequency), now.subtracting(frequency)] + around
        let invented = WalletPublicKeyHash(drawn())
        var frames = scene.heard.compactMap { raw in
            EnvelopeHeader(raw).map { Frame($0.kind.frameClass, raw).encoded }
        }
        for (window, wallet) in windows.map({ ($0, group.wallet) }) + [(now, invented)] {
            for (kind, payload) in payloads(scene) {
                frames.append(frame(kind, payload, wallet, window))
                // The chains that the nodes ask are answered for by the same threads.
                await Task.yield()
            }
            frames += statuses(scene, window)
        }
        for (kind, payload) in largest {
            let isOfJob = kind != .proposal
            let whole = isOfJob ? (scene.jobs.last ?? drawn()).bytes + payload.dropFirst(Hash32.byteCount) : payload
            for window in [now, now, now.adding(frequency)] { frames.append(frame(kind, whole, group.wallet, window)) }
        }
        return frames.shuffled(using: &random)
    }

    private mutating func payloads(_ scene: Scene) -> [(MessageKind, Bytes)] {
        let digests = scene.digests.suffix(3) + [drawn()]
        let jobs = scene.jobs.suffix(2) + [drawn()]
        var payloads = proposals().map { (MessageKind.proposal, $0.encoded) }
        for digest in digests {
            for answer in [Verdict.Answer.accept, .reject(rule: "heartbeat.message", proposed: [1], found: [2])] {
                payloads.append((.verdict, Verdict(digest: digest, answer: answer, block: scene.head).encoded))
            }
        }
        for job in jobs {
            for message in signing(job, digests.randomElement(using: &random) ?? drawn()) {
                payloads.append((message.kind, message.encoded))
            }
        }
        return payloads
    }

    private mutating func proposals() -> [Proposal] {
        let deposit = Proposal.Deposit(transaction: drawn(), outputIndex: 0, revealBlock: BlockNumber(20))
        let script = Bytes([0, 20]) + drawn(Hash20.self).bytes
        let targets = (0..<3).map { _ in drawn(WalletPublicKeyHash.self) }
        let fee = UInt64.random(in: 0...10_000, using: &random)
        return [
            .noop, .heartbeat(message: Bytes(drawn(Hash32.self).bytes.prefix(Proposal.heartbeatLength))),
            .depositSweep(deposits: [deposit], fee: fee), .redemption(scripts: [script], fee: fee),
            .movingFunds(targets: targets, fee: fee), .movedFundsSweep(transaction: drawn(), outputIndex: 0, fee: fee),
        ]
    }

    /// Signing messages of a job, of each kind as a member would send it.
    private mutating func signing(_ job: Hash32, _ digest: ProposalDigest) -> [SigningMessage] {
        let all = group.operators.indices.map { SeatNumber(UInt16($0 + 1)) }
        let instance = UInt32.random(in: 0..<5, using: &random)
        let number = UInt32.random(in: 0..<4, using: &random)
        let nonce = self.nonce()
        let share = PartialSignature(drawn())
        let members = all.prefix(3).map { FrostRequest.Member(seat: $0, number: number) }
        let answer = FrostShares.Entry(seat: seat, shares: [share], nextNumber: number + 1, nextNonces: [nonce])
        let signature = SchnorrSignature(drawn(Hash32.self).bytes + drawn(Hash32.self).bytes)
        var messages: [SigningMessage] = [
            .ready(SigningReady(job: job, proposal: digest, seats: [seat])),
            .ready(SigningReady(job: job, proposal: digest, seats: all, bans: group.operators)),
            .nonces(
                FrostNonces(
                    job: job, instance: instance, entries: [.init(seat: seat, number: number, nonces: [nonce])])),
            .request(
                FrostRequest(
                    job: job, instance: instance, number: number, open: OpenInputs(rawValue: 1), members: members,
                    aggregates: [nonce])),
            .shares(
                FrostShares(job: job, instance: instance, number: number, requestDigest: drawn(), entries: [answer])),
        ]
        if let signature {
            messages.append(.result(SigningResult(job: job, entries: [.init(input: 0, signature: signature)])))
        }
        return messages
    }

    /// Statuses, each newer than the one before; they call every other operator idle.
    private mutating func statuses(_ scene: Scene, _ window: BlockNumber) -> [Bytes] {
        (0..<4).map { _ in
            counter += 1
            let idle = group.operators.filter { $0 != member.address }.map {
                Status.IdleLeader(wallet: group.wallet, coordinationBlock: window, leader: $0)
            }
            let status = Status(
                hostBlock: scene.head.number, counter: counter, settled: scene.head, bitcoinHeight: 1_000,
                bootNonce: Bytes(repeating: 7, count: 16), draining: false, build: "hostile",
                reachable: group.operators, idle: idle.sorted(), withheld: [])
            return frame(.status, status.encoded, .none, BlockNumber(0))
        }
    }

    private func frame(
        _ kind: MessageKind, _ payload: Bytes, _ wallet: WalletPublicKeyHash, _ window: BlockNumber
    ) -> Bytes {
        let envelope = Envelope(
            Envelope.Content(
                domain: Self.domain, wallet: wallet, coordinationBlock: window,
                seat: kind == .status ? .none : seat, kind: kind, payload: payload),
            sign: { member.key.signRecoverable($0.signingHash) })
        return Frame(kind.frameClass, envelope.encoded).encoded
    }

    private mutating func nonce() -> EncodedNonce {
        let index = Int.random(in: 0..<points.count, using: &random)
        return EncodedNonce(first: points[index], second: points[(index + 1) % points.count])
    }

    private mutating func drawn<Value: FixedBytes>(_: Value.Type = Value.self) -> Value {
        let bytes = Bytes((0..<Value.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
        guard let value = Value(bytes) else { preconditionFailure("it has its number of bytes") }
        return value
    }
}

/// What floods send at a moment; renewed while they run.
final class HostileSupply: Sendable {
    private let held = Mutex<[Bytes]>([])

    var frames: [Bytes] {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
