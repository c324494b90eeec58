import Coordination
package import Primitives
package import Secp256k1

/// The reason that no share was made; in each case the nonce is gone.
package enum PartialSigningFailure: Error, Hashable, Sendable {
    /// A half of the nonce is not above 0 and below the group order.
    case nonceRange
    /// The secret share is not above 0 and below the group order.
    case shareRange
    /// The set does not hold our public share, or not under our id.
    case ownShareAbsent
    /// The set does not hold our id.
    case ownIDAbsent
    /// Our own share fails the check of §6.6. This is a fault of this machine, which must not publish a wrong equation.
    case selfCheck
}

/// The two secret nonces of one seat for one signature: one owner, one use, wiped when used or dropped.
///
/// A nonce that answers twice reveals the share. With this type a second use does not compile.
package struct SecretNonce: ~Copyable, Sendable {
    /// The points that the coordinator gets.
    package let publicNonce: PublicNonce
    // k0 ‖ k1, 32 bytes each.
    private let secret: SecretBytes

    /// Draws a nonce: 32 fresh bytes, hashed with all parameters of its use (threshold-signing.md §6.3).
    package init(
        share: borrowing SecretShare, key: XOnlyPublicKey, message: Bytes, extra: Bytes,
        random: inout some SecureRandom
    ) {
        let seed = Self.mask(share.scalar, with: SecretBytes(count: 32, random: &random))
        let secret = Self.derive(
            seed: seed, publicShare: share.publicShare.compressed, key: key.bytes, message: message, extra: extra)
        guard let nonce = SecretNonce(secret: secret) else {
            preconditionFailure("a hash is 0 modulo the group order once in 2^256")
        }
        self = nonce
    }

    /// Takes k0 ‖ k1 and computes their points; nil if one is 0 or not below the group order.
    init?(secret: consuming SecretBytes) {
        guard var scalars = Self.scalars(in: secret) else { return nil }
        defer { withUnsafeMutableBytes(of: &scalars) { wipe($0) } }
        guard case .affine(let first) = Point.generatorMultiplied(by: scalars.k0),
            case .affine(let second) = Point.generatorMultiplied(by: scalars.k1)
        else { return nil }
        self.init(secret: secret, publicNonce: PublicNonce(first: first, second: second))
    }

    /// Takes k0 ‖ k1 with the points given as theirs.
    init(secret: consuming SecretBytes, publicNonce: PublicNonce) {
        self.secret = secret
        self.publicNonce = publicNonce
    }

    /// Makes our share of a signature (§6.5). The nonce is gone afterwards, in every case.
    ///
    /// - Throws: ``PartialSigningFailure`` for a nonce or share out of range, a set that does not hold our share under
    ///   our id, and a new share that fails its check.
    package consuming func sign(
        _ session: SigningSession, share: borrowing SecretShare
    ) throws(PartialSigningFailure) -> PartialSignature {
        try sign(session, secret: share.scalar, id: UInt32(share.seat.rawValue) - 1)
    }

    /// Makes the share of the signer `id` from its claimed secret. Every remaining copy of k0, k1 and d is wiped on
    /// every way out.
    consuming func sign(
        _ session: SigningSession, secret share: borrowing SecretBytes, id: UInt32
    ) throws(PartialSigningFailure) -> PartialSignature {
        let publicNonce = publicNonce
        guard var k = Self.spend(secret) else { throw .nonceRange }
        defer { withUnsafeMutableBytes(of: &k) { wipe($0) } }
        guard var d = Scalar(secret: share) else { throw .shareRange }
        defer { withUnsafeMutableBytes(of: &d) { wipe($0) } }

        let publicShare = Point.generatorMultiplied(by: d)
        guard session.set.publicShares.contains(where: { .affine($0) == publicShare }) else { throw .ownShareAbsent }
        guard let position = session.set.position(of: id) else { throw .ownIDAbsent }
        guard .affine(session.set.publicShares[position]) == publicShare else { throw .ownShareAbsent }

        let weight = session.set.weight(at: position)
        var sum = k.k0 + session.coefficient.scalar * k.k1
        defer { withUnsafeMutableBytes(of: &sum) { wipe($0) } }
        // R is public, and so is this branch.
        if session.nonce.hasOddY { sum = -sum }
        let s = PublicScalar(sum + session.keyFactor * weight * d)
        guard
            session.holds(s, weight: weight, publicShare: session.set.publicShares[position], nonce: publicNonce)
        else { throw .selfCheck }
        return PartialSignature(s)
    }

    /// `share ⊕ tag("BIP0445/aux", random)`: a weak generator alone then does not reveal the nonce.
    static func mask(_ share: borrowing SecretBytes, with random: borrowing SecretBytes) -> SecretBytes {
        var hasher = Tag.bip445Aux.hasher
        random.withUnsafeBytes { hasher.update($0) }
        let words = hasher.finalize().bigEndianWords
        return SecretBytes(count: 32) { buffer in
            share.withUnsafeBytes { buffer.copyMemory(from: $0) }
            for (offset, word) in [(0, words.0), (8, words.1), (16, words.2), (24, words.3)] {
                let masked = buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ word.bigEndian
                buffer.storeBytes(of: masked, toByteOffset: offset, as: UInt64.self)
            }
        }
    }

    /// k0 ‖ k1 of BIP-0445's nonce generation; an absent field is empty, an absent message nil.
    static func derive(
        seed: borrowing SecretBytes, publicShare: Bytes, key: Bytes, message: Bytes?, extra: Bytes
    ) -> SecretBytes {
        var context: Bytes = [UInt8(publicShare.count)]
        context += publicShare
        context.append(UInt8(key.count))
        context += key
        if let message {
            context.append(1)
            context.append(bigEndian: UInt64(message.count))
            context += message
        } else {
            context.append(0)
        }
        context.append(bigEndian: UInt32(extra.count))
        context += extra
        return pair { index in
            var hasher = Tag.bip445Nonce.hasher
            seed.withUnsafeBytes { hasher.update($0) }
            hasher.update(context + [index])
            return Scalar(wrapping: hasher.finalize())
        }
    }

    /// Writes two scalars side by side.
    static func pair(_ scalar: (UInt8) -> Scalar) -> SecretBytes {
        SecretBytes(count: 64) { buffer in
            for index in 0..<2 {
                scalar(UInt8(index)).withSecretBytes { bytes in
                    UnsafeMutableRawBufferPointer(rebasing: buffer[(32 * index)...])
                        .copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: 32))
                }
            }
        }
    }

    // Reads both scalars and drops the bytes, which wipes them.
    private static func spend(_ secret: consuming SecretBytes) -> (k0: Scalar, k1: Scalar)? { scalars(in: secret) }

    private static func scalars(in secret: borrowing SecretBytes) -> (k0: Scalar, k1: Scalar)? {
        secret.withUnsafeBytes { bytes in
            guard let k0 = Scalar(strictNonzero: bytes[..<32]), let k1 = Scalar(strictNonzero: bytes[32...]) else {
                return nil
            }
            return (k0, k1)
        }
    }
}
