import Coordination
import Node
import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

/// The recorded results of secrets that a bundle does not hold: the operator's signatures, its nonces and shares, and
/// the results of the sessions that it coordinated.
struct RecordedSecrets: Sendable {
    /// The name of a nonce by its use (threshold-signing.md §10.1).
    struct NonceName: Hashable, Sendable {
        let job: Hash32
        let instance: UInt32
        let seat: SeatNumber
        let number: UInt32
        let input: UInt32
    }

    /// The request that a share answers: a nonce is used once, for one sum.
    struct Answer: Hashable, Sendable {
        let nonce: NonceName
        let aggregate: EncodedNonce
    }

    struct Instance: Hashable, Sendable {
        let job: Hash32
        let instance: UInt32
    }

    private struct Job {
        let wallet: WalletPublicKeyHash
        let inputs: Int
        let threshold: Int
    }

    /// The operator's signatures by the digest that they sign.
    private(set) var signatures: [Hash32: RecoverableSignature] = [:]
    private(set) var nonces: [NonceName: EncodedNonce] = [:]
    private(set) var shares: [Answer: PartialSignature] = [:]
    /// Signatures of wallets that this node sent to the others, by their nonce, the first 32 bytes.
    private(set) var finished: [Bytes: [SchnorrSignature]] = [:]
    /// Instances in which another operator asked this one for shares.
    private(set) var foreign: Set<Instance> = []
    /// The public shares of the operator's own seats.
    let ownShares: Set<CurvePoint>

    private let domain: Domain
    private let seats: [WalletPublicKeyHash: [EthereumAddress]]
    private let me: EthereumAddress
    private var jobs: [Hash32: Job] = [:]
    private var requests: [Hash32: FrostRequest] = [:]
    /// The requests that this node sent, by digest.
    private var asked: [Hash32: FrostRequest] = [:]

    /// Reads the lines and events of a bundle once.
    init(_ bundle: WindowBundle) {
        domain = Domain(chainID: bundle.chainID, profile: bundle.profile)
        me = bundle.me
        let names = bundle.wallets.map(\.identity.hash)
        seats = Dictionary(zip(names, bundle.wallets.map(\.seats))) { first, _ in first }
        ownShares = Set(
            bundle.wallets.flatMap { wallet in
                zip(wallet.seats, wallet.key.publicShares).filter { $0.0 == bundle.me }.map(\.1)
            })
        let thresholds = Dictionary(zip(names, bundle.wallets.map(\.key.threshold))) { first, _ in first }
        read(bundle.before + bundle.events, thresholds)
        let sent = bundle.lines.compactMap { line -> Envelope? in
            guard case .sent(let raw)? = try? JournalStep(decoding: line.body) else { return nil }
            return try? Envelope(decoding: raw)
        }
        let received = bundle.lines.compactMap { line -> Envelope? in
            guard case .told(.received(let raw, _))? = try? JournalStep(decoding: line.body),
                let envelope = try? Envelope(decoding: raw), envelope.kind.scope == .wallet, isAuthentic(envelope)
            else { return nil }
            return envelope
        }
        for envelope in sent { keep(envelope) }
        for case .request(let request)? in received.map(message) {
            requests[SigningJob.digest(of: request, job: request.job)] = request
            foreign.insert(Instance(job: request.job, instance: request.instance))
        }
        for case .request(let request)? in sent.map(message) {
            asked[SigningJob.digest(of: request, job: request.job)] = request
        }
        for message in sent.compactMap(message) { keep(message) }
        var others: [NonceName: EncodedNonce] = [:]
        for message in received.compactMap(message) {
            for (name, nonce) in offered(by: message) where others[name] == nil { others[name] = nonce }
        }
        for request in asked.values { solve(request, others) }
    }

    // MARK: - Reading

    private mutating func read(_ events: [WindowBundle.Event], _ thresholds: [WalletPublicKeyHash: Int]) {
        var inputs: [WindowKey: Int] = [:]
        for event in events {
            switch try? LedgerEvent(decoding: event.body) {
            case .voted(_, _, let raw), .proposalRepeated(_, _, let raw), .rejected(_, _, let raw):
                if let envelope = try? Envelope(decoding: raw) { keep(envelope) }
            case .record(let record):
                inputs[WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)] =
                    record.inputs.count
            case .attempt(let step):
                guard let count = inputs[step.window], let threshold = thresholds[step.window.wallet] else { continue }
                jobs[step.job] = Job(wallet: step.window.wallet, inputs: count, threshold: threshold)
            default: break
            }
        }
    }

    private mutating func keep(_ envelope: Envelope) {
        signatures[envelope.content(in: domain).signingHash] = envelope.signature
    }

    private func isAuthentic(_ envelope: Envelope) -> Bool {
        guard let seats = seats[envelope.wallet], seats.indices.contains(Int(envelope.seat.rawValue) - 1) else {
            return false
        }
        return envelope.signer(in: domain) == seats[Int(envelope.seat.rawValue) - 1]
    }

    private func message(_ envelope: Envelope) -> SigningMessage? {
        let payload = envelope.payload
        guard envelope.kind.scope == .wallet, let id = SigningMessage.job(ofPayload: payload), let job = jobs[id] else {
            return nil
        }
        // In `frost/shares`, the request that they answer comes after job, instance and number.
        let digest = Hash32(payload.dropFirst(40).prefix(Hash32.byteCount))
        return try? SigningMessage(
            decoding: payload, kind: envelope.kind, inputCount: job.inputs, threshold: job.threshold
        ) { _, _ in digest.flatMap { requests[$0] ?? asked[$0] }?.open.count }
    }

    private mutating func keep(_ message: SigningMessage) {
        for (name, nonce) in offered(by: message) { nonces[name] = nonce }
        switch message {
        case .shares(let answer):
            guard let request = requests[answer.requestDigest] else { return }
            for entry in answer.entries {
                guard let number = request.members.first(where: { $0.seat == entry.seat })?.number else { continue }
                for (place, input) in request.open.indices.enumerated() {
                    let name = NonceName(
                        job: answer.job, instance: answer.instance, seat: entry.seat, number: number,
                        input: UInt32(input))
                    shares[Answer(nonce: name, aggregate: request.aggregates[place])] = entry.shares[place]
                }
            }
        case .result(let result):
            for entry in result.entries {
                finished[Bytes(entry.signature.bytes.prefix(32)), default: []].append(entry.signature)
            }
        case .ready, .nonces, .request: break
        }
    }

    private func offered(by message: SigningMessage) -> [(NonceName, EncodedNonce)] {
        func names(
            _ instance: UInt32, _ seat: SeatNumber, _ number: UInt32, _ nonces: [EncodedNonce]
        ) -> [(NonceName, EncodedNonce)] {
            nonces.enumerated().map { input, nonce in
                (
                    NonceName(job: message.job, instance: instance, seat: seat, number: number, input: UInt32(input)),
                    nonce
                )
            }
        }
        return switch message {
        case .nonces(let offer): offer.entries.flatMap { names(offer.instance, $0.seat, $0.number, $0.nonces) }
        case .shares(let answer):
            answer.entries.flatMap { names(answer.instance, $0.seat, $0.nextNumber, $0.nextNonces) }
        case .ready, .request, .result: []
        }
    }

    /// Computes our own nonces of a session that we opened. They never left us: they are the difference of the sum and
    /// the others' nonces.
    private mutating func solve(_ request: FrostRequest, _ others: [NonceName: EncodedNonce]) {
        guard let seats = jobs[request.job].flatMap({ seats[$0.wallet] }),
            let own = request.members.first(where: { member in
                seats.indices.contains(Int(member.seat.rawValue) - 1) && seats[Int(member.seat.rawValue) - 1] == me
            })
        else { return }
        for (place, input) in request.open.indices.enumerated() {
            func name(_ member: FrostRequest.Member) -> NonceName {
                NonceName(
                    job: request.job, instance: request.instance, seat: member.seat, number: member.number,
                    input: UInt32(input))
            }
            let known = request.members.filter { $0 != own }.map { member in
                others[name(member)] ?? StandInNonce(name(member)).encoded
            }
            let points = known.compactMap(PublicNonce.init(decoding:))
            guard points.count == known.count, let sum = AggregateNonce(decoding: request.aggregates[place]) else {
                continue
            }
            let rest = AggregateNonce(sum: points)
            guard let first = (sum.first + -rest.first).finite, let second = (sum.second + -rest.second).finite else {
                continue
            }
            nonces[name(own)] = PublicNonce(first: first, second: second).encoded
        }
    }
}

/// Stand-in points for a nonce that the bundle does not show. Any points will do, since no other operator saw the
/// nonce.
struct StandInNonce {
    let encoded: EncodedNonce

    /// Derives the points from the name, so that equal replays have equal ones.
    init(_ name: RecordedSecrets.NonceName) {
        var bytes = Bytes("coord/replay/nonce".utf8)
        bytes.append(name.job)
        for value in [name.instance, UInt32(name.seat.rawValue), name.number, name.input] {
            bytes.append(bigEndian: value)
        }
        let points = [UInt8(0), 1].compactMap { half in
            Point.generatorMultiplied(by: Scalar(wrapping: sha256(bytes + [half]))).finite
        }
        guard points.count == 2 else { preconditionFailure("a hash is 0 modulo the group order once in 2^256") }
        encoded = PublicNonce(first: points[0], second: points[1]).encoded
    }
}
