import Coordination
import Primitives
import Secp256k1
import ThresholdSigning

/// The wallet's signatures by an ideal functionality: the guarantees of FROST to its machines, without a curve.
///
/// A signature exists only for the key and the message for which the shares of a full set were added up. A share exists
/// only by a nonce that its seat drew, and only once. Every bit of each form counts. The forms are those of the wire,
/// filled with digests keyed by the run. They are not cryptographic: no part of the simulator searches for collisions.
struct IdealFrost: FrostArithmetic {
    private let secret: UInt64

    // The use of a digest, so that no digest can stand for one of another use.
    fileprivate enum Purpose: UInt64 {
        case draw = 1
        case nonce, sum, nonceOfSignature, share, signature, nothing
    }

    /// The functionality of a run.
    init(seed: UInt64) { secret = seed }

    fileprivate func mixer(_ purpose: Purpose) -> WordMixer {
        var mixer = WordMixer(secret)
        mixer.mix(purpose.rawValue)
        return mixer
    }

    func drawNonce(
        share: borrowing SecretShare, key: XOnlyPublicKey, message: Hash32, extra: Bytes,
        random: inout some SecureRandom
    ) -> any OneUseNonce {
        var fresh: UInt64 = 0
        withUnsafeMutableBytes(of: &fresh) { random.fill($0) }
        var mixer = mixer(.draw)
        mixer.mix(fresh.littleEndian)
        mixer.mix(share.publicShare.xOnly)
        mixer.mix(key.x)
        mixer.mix(message)
        mixer.mix(extra)
        return IdealNonce(encode(mixer.word, .nonce), frost: self)
    }

    func decode(_ encoded: EncodedNonce) -> OfferedNonce? {
        encode(name(of: encoded), .nonce) == encoded ? OfferedNonce(encoded: encoded) : nil
    }

    func isAggregate(_ encoded: EncodedNonce) -> Bool { encode(name(of: encoded), .sum) == encoded }

    func session(_ terms: SigningTerms, nonces: [OfferedNonce]) -> any FrostSession {
        IdealSession(frost: self, terms: terms, nonces: nonces.map { name(of: $0.encoded) })
    }

    func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool {
        let name = signature.bytes.withUnsafeBytes {
            UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        }
        return self.signature(name, message: message, key: key) == signature
    }

    // MARK: - Forms

    /// Two forms: 02, the name, three words; and 02, four words.
    fileprivate func encode(_ name: UInt64, _ purpose: Purpose) -> EncodedNonce {
        var mixer = mixer(purpose)
        mixer.mix(name)
        var bytes = Bytes()
        bytes.reserveCapacity(EncodedNonce.byteCount)
        bytes.append(2)
        bytes.append(bigEndian: name)
        for _ in 0..<3 { bytes.append(bigEndian: mixer.next()) }
        bytes.append(2)
        for _ in 0..<4 { bytes.append(bigEndian: mixer.next()) }
        guard let encoded = EncodedNonce(bytes) else { preconditionFailure("two halves of 33 bytes are 66") }
        return encoded
    }

    fileprivate func name(of encoded: EncodedNonce) -> UInt64 {
        encoded.bytes.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 1, as: UInt64.self)) }
    }

    /// The share of a seat by its nonce in a set, for a sum.
    fileprivate func share(_ terms: SigningTerms, sum: UInt64, nonce: UInt64, position: Int) -> PartialSignature {
        var mixer = mixer(.share)
        mixer.mix(terms.tweaks.outputKey.x)
        mixer.mix(terms.message)
        for id in terms.set.ids.sorted() { mixer.mix(UInt64(id)) }
        mixer.mix(sum)
        mixer.mix(nonce)
        mixer.mix(terms.set.publicShares[position].xOnly)
        // Below the group order, as shares must be.
        let words = (mixer.next() >> 1, mixer.next(), mixer.next(), mixer.next())
        return PartialSignature(Hash32(bigEndianWords: words.0, words.1, words.2, words.3))
    }

    /// The name of its nonce, then seven words.
    fileprivate func signature(
        _ name: UInt64, message: Hash32, key: XOnlyPublicKey, purpose: Purpose = .signature
    ) -> SchnorrSignature {
        var mixer = mixer(purpose)
        mixer.mix(name)
        mixer.mix(message)
        mixer.mix(key.x)
        var bytes = Bytes()
        bytes.reserveCapacity(SchnorrSignature.byteCount)
        bytes.append(bigEndian: name)
        for _ in 0..<7 { bytes.append(bigEndian: mixer.next()) }
        guard let signature = SchnorrSignature(bytes) else { preconditionFailure("eight words are 64 bytes") }
        return signature
    }
}

/// The right to answer once with a nonce.
private final class IdealNonce: OneUseNonce {
    let offered: EncodedNonce
    private let frost: IdealFrost
    private let right = OneUse()

    init(_ offered: EncodedNonce, frost: IdealFrost) {
        self.offered = offered
        self.frost = frost
    }

    func sign(
        _ terms: SigningTerms, aggregate: EncodedNonce, share: borrowing SecretShare
    ) throws(PartialSigningFailure) -> PartialSignature? {
        guard right.take() else { return nil }
        let publicShare = share.publicShare
        guard terms.set.publicShares.contains(publicShare) else { throw .ownShareAbsent }
        guard let position = terms.set.position(of: UInt32(share.seat.rawValue) - 1) else { throw .ownIDAbsent }
        guard terms.set.publicShares[position] == publicShare else { throw .ownShareAbsent }
        return frost.share(
            terms, sum: frost.name(of: aggregate), nonce: frost.name(of: offered), position: position)
    }
}

private struct IdealSession: FrostSession {
    let frost: IdealFrost
    let terms: SigningTerms
    let aggregate: EncodedNonce
    private let nonces: [UInt64]
    private let sum: UInt64

    init(frost: IdealFrost, terms: SigningTerms, nonces: [UInt64]) {
        self.frost = frost
        self.terms = terms
        self.nonces = nonces
        sum = nonces.reduce(0, &+)
        aggregate = frost.encode(sum, .sum)
    }

    func holds(_ share: PartialSignature, position: Int) -> Bool {
        share == frost.share(terms, sum: sum, nonce: nonces[position], position: position)
    }

    /// A signature that verifies if all shares of a full set hold; otherwise one that does not verify.
    func signature(of shares: [PartialSignature]) throws(AggregationFailure) -> SchnorrSignature {
        guard shares.count == terms.set.ids.count else { throw .shareCount(shares.count) }
        for (position, share) in shares.enumerated() where share.scalar == nil { throw .share(position: position) }
        let isWhole =
            shares.count >= terms.threshold
            && shares.indices.allSatisfy { holds(shares[$0], position: $0) }
        var nonce = frost.mixer(.nonceOfSignature)
        nonce.mix(sum)
        return frost.signature(
            nonce.word, message: terms.message, key: terms.tweaks.outputKey,
            purpose: isWhole ? .signature : .nothing)
    }
}
