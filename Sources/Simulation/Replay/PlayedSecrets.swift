import Coordination
import Node
import Primitives
import Secp256k1
import Synchronization
import ThresholdSigning

/// Collects the steps of a replay that needed a secret missing from its bundle, until they are read.
final class MissingSecrets: Sendable {
    private let noted = Mutex<[String]>([])
    private let signatures = Mutex<Set<SchnorrSignature>>([])

    /// Notes a step that used a stand-in.
    func note(_ what: String) { noted.withLock { $0.append(what) } }

    /// The notes since the last call.
    func take() -> [String] {
        noted.withLock { noted in
            defer { noted = [] }
            return noted
        }
    }

    /// Accepts a wallet's signature that only its signers could have made.
    func admit(_ signature: SchnorrSignature) { signatures.withLock { _ = $0.insert(signature) } }

    func admits(_ signature: SchnorrSignature) -> Bool { signatures.withLock { $0.contains(signature) } }
}

/// The operator's signatures as recorded in a bundle. A content that was never signed gets a stand-in that no node
/// would accept. Others' signatures are recovered and checked as usual.
struct PlayedSignatures: OperatorSignatures {
    let recorded: RecordedSecrets
    let missing: MissingSecrets

    func sign(_ content: Envelope.Content) -> RecoverableSignature {
        let digest = content.signingHash
        if let signature = recorded.signatures[digest] { return signature }
        // A status is sent without being recorded, so no bundle holds one.
        if content.kind != .status { missing.note("\(content.kind.name) that this node never signed") }
        var bytes = [0] + digest.bytes.dropLast() + [0] + digest.bytes.dropLast()
        bytes[1] |= 1
        bytes[33] |= 1
        guard let signature = try? RecoverableSignature(bytes: bytes + [27]) else {
            preconditionFailure("a number of 31 bytes above 0 is in the range of r and s")
        }
        return signature
    }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? { envelope.signer(in: domain) }
}

/// FROST without a secret share. Our nonces and shares come from the bundle; everything of others is checked on the
/// curve.
///
/// In sessions that this node coordinated, its own part never left it. That part is contained in the sum sent to the
/// others, and the signature is the one sent to them. Where no signature was sent, as may happen in a what-if, a
/// stand-in counts in this replay only.
struct PlayedArithmetic: FrostArithmetic {
    let recorded: RecordedSecrets
    let missing: MissingSecrets
    /// Whether a share that was never made counts as failed, as in the record; otherwise it gets a stand-in.
    let isExact: Bool
    private let curve = CurveArithmetic()

    init(_ recorded: RecordedSecrets, missing: MissingSecrets, isExact: Bool) {
        self.recorded = recorded
        self.missing = missing
        self.isExact = isExact
    }

    func drawNonce(
        share: borrowing SecretShare, key: XOnlyPublicKey, message: Hash32, extra: Bytes,
        random: inout some SecureRandom
    ) -> any OneUseNonce {
        guard let name = RecordedSecrets.NonceName(extra, seat: share.seat) else {
            preconditionFailure("a nonce is named by job, instance, number and input")
        }
        return PlayedNonce(name, of: self)
    }

    func decode(_ encoded: EncodedNonce) -> OfferedNonce? { curve.decode(encoded) }

    func isAggregate(_ encoded: EncodedNonce) -> Bool { curve.isAggregate(encoded) }

    func session(_ terms: SigningTerms, nonces: [OfferedNonce]) -> any FrostSession {
        PlayedSession(terms, curve.session(terms, nonces: nonces), of: self)
    }

    func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool {
        if curve.verifies(signature, message: message, key: key) { return true }
        guard missing.admits(signature) else { return false }
        missing.note("signature of the wallet that was never made")
        return true
    }
}

private final class PlayedNonce: OneUseNonce {
    let offered: EncodedNonce
    private let name: RecordedSecrets.NonceName
    private let played: PlayedArithmetic
    private let right = OneUse()

    init(_ name: RecordedSecrets.NonceName, of played: PlayedArithmetic) {
        self.name = name
        self.played = played
        offered = played.recorded.nonces[name] ?? StandInNonce(name).encoded
    }

    func sign(
        _ terms: SigningTerms, aggregate: EncodedNonce, share: borrowing SecretShare
    ) throws(PartialSigningFailure) -> PartialSignature? {
        guard right.take() else { return nil }
        let recorded = played.recorded
        if let share = recorded.shares[RecordedSecrets.Answer(nonce: name, aggregate: aggregate)] { return share }
        // Another operator asked, and no share of ours left: signing failed here.
        if played.isExact, recorded.foreign.contains(.init(job: name.job, instance: name.instance)) {
            throw .selfCheck
        }
        return PartialSignature(Hash32(bigEndianWords: 0, 0, 0, 1))
    }
}

private struct PlayedSession: FrostSession {
    private let terms: SigningTerms
    private let session: any FrostSession
    private let played: PlayedArithmetic

    init(_ terms: SigningTerms, _ session: any FrostSession, of played: PlayedArithmetic) {
        self.terms = terms
        self.session = session
        self.played = played
    }

    var aggregate: EncodedNonce { session.aggregate }

    func holds(_ share: PartialSignature, position: Int) -> Bool {
        played.recorded.ownShares.contains(terms.set.publicShares[position])
            || session.holds(share, position: position)
    }

    func signature(of shares: [PartialSignature]) throws(AggregationFailure) -> SchnorrSignature {
        // With a stand-in for our own share, only the nonce of the sum is right.
        let sum = try session.signature(of: shares)
        let known = played.recorded.finished[Bytes(sum.bytes.prefix(32))] ?? []
        let told = known.first {
            CurveVerification().verifies($0, message: terms.message, key: terms.tweaks.outputKey)
        }
        if let told { return told }
        if shares.indices.allSatisfy({ holds(shares[$0], position: $0) }) { played.missing.admit(sum) }
        return sum
    }
}

extension RecordedSecrets.NonceName {
    /// Parses the name under which a signer draws: job, instance, number, input.
    fileprivate init?(_ extra: Bytes, seat: SeatNumber) {
        var reader = ByteReader(extra)
        do throws(DecodingFailure) {
            let (job, instance) = (try reader.fixed(Hash32.self), try reader.bigEndian(UInt32.self))
            let (number, input) = (try reader.bigEndian(UInt32.self), try reader.bigEndian(UInt32.self))
            try reader.finish()
            self.init(job: job, instance: instance, seat: seat, number: number, input: input)
        } catch {
            return nil
        }
    }
}
