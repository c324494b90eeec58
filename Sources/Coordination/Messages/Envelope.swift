package import Primitives
package import Secp256k1

/// A signed message between operators, kept exactly as received (coordination.md §6).
package struct Envelope: Hashable, Sendable {
    /// The only defined version.
    package static let version: UInt8 = 1
    /// The number of bytes around the payload: the header of 68 and the signature of 65.
    package static let overhead = headerLength + 65
    private static let headerLength = 1 + 32 + 20 + 8 + 2 + 1 + 4

    package let profile: ProfileDigest
    package let wallet: WalletPublicKeyHash
    package let coordinationBlock: BlockNumber
    package let seat: SeatNumber
    package let kind: MessageKind
    package let payload: Bytes
    package let signature: RecoverableSignature

    /// Signs the content of an envelope.
    package init(_ content: Content, sign: (Content) -> RecoverableSignature) {
        profile = content.domain.profile
        wallet = content.wallet
        coordinationBlock = content.coordinationBlock
        seat = content.seat
        kind = content.kind
        payload = content.payload
        signature = sign(content)
    }

    /// Decodes an envelope (filter 1).
    ///
    /// - Throws: ``EnvelopeFailure`` for an unknown version or kind, a size above the kind's, a signature that is not
    ///   canonical, and bytes missing or left over.
    package init(decoding bytes: Bytes) throws(EnvelopeFailure) {
        do {
            var reader = ByteReader(bytes)
            let version = try reader.byte()
            guard version == Self.version else { throw EnvelopeFailure.version(version) }
            profile = try reader.fixed()
            wallet = try reader.fixed()
            coordinationBlock = try reader.blockNumber()
            seat = SeatNumber(try reader.bigEndian())
            let kindByte = try reader.byte()
            guard let kind = MessageKind(rawValue: kindByte) else { throw EnvelopeFailure.kind(kindByte) }
            guard bytes.count <= kind.largestEnvelope else { throw EnvelopeFailure.tooLarge(bytes.count, kind) }
            self.kind = kind
            payload = try reader.bytes(Int(try reader.bigEndian(UInt32.self)))
            let signatureBytes = try reader.bytes(RecoverableSignature.byteCount)
            try reader.finish()
            guard let signature = try? RecoverableSignature(bytes: signatureBytes) else {
                throw EnvelopeFailure.signature
            }
            self.signature = signature
        } catch let failure as DecodingFailure {
            throw .malformed(failure)
        } catch let failure as EnvelopeFailure {
            throw failure
        } catch {
            preconditionFailure("a decoder throws its own failures only: \(error)")
        }
    }

    /// The encoding; integers are big-endian.
    package var encoded: Bytes {
        var bytes: Bytes = [Self.version]
        bytes.reserveCapacity(Self.overhead + payload.count)
        bytes.append(profile)
        bytes.append(wallet)
        bytes.append(bigEndian: coordinationBlock.rawValue)
        bytes.append(bigEndian: seat.rawValue)
        bytes.append(kind.rawValue)
        bytes.append(bigEndian: UInt32(payload.count))
        bytes.append(contentsOf: payload)
        bytes.append(contentsOf: signature.bytes)
        return bytes
    }

    /// The content of the envelope in a domain: the data that its signature covers.
    package func content(in domain: Domain) -> Content {
        Content(
            domain: domain, wallet: wallet, coordinationBlock: coordinationBlock, seat: seat, kind: kind,
            payload: payload)
    }

    /// The hash by which a repeat is recognised: kind, sender and signed bytes without the signature, because many
    /// signatures fit one content.
    package func identity(in domain: Domain) -> Hash32 { sha256([kind.rawValue] + content(in: domain).signedBytes) }

    /// The operator whose key made the signature, in this domain; nil if no key fits.
    package func signer(in domain: Domain) -> EthereumAddress? {
        signature.recover(digest: content(in: domain).signingHash).map { EthereumAddress(publicKey: $0) }
    }
}

extension Envelope {
    /// The content of an envelope before it is signed.
    package struct Content: Hashable, Sendable {
        package let domain: Domain
        package let wallet: WalletPublicKeyHash
        package let coordinationBlock: BlockNumber
        package let seat: SeatNumber
        package let kind: MessageKind
        package let payload: Bytes

        /// Makes the content to be signed.
        package init(
            domain: Domain, wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber, seat: SeatNumber,
            kind: MessageKind, payload: Bytes
        ) {
            self.domain = domain
            self.wallet = wallet
            self.coordinationBlock = coordinationBlock
            self.seat = seat
            self.kind = kind
            self.payload = payload
        }

        /// The hash that is signed, in a form that lets a contract check evidence with `ecrecover`:
        /// `keccak256("\x19Ethereum Signed Message:\n32" ‖ keccak256("coord/v1/" ‖ kind name ‖ 00 ‖ signed bytes))`.
        package var signingHash: Hash32 {
            let inner = keccak256(Bytes("coord/v1/\(kind.name)".utf8) + [0] + signedBytes)
            return keccak256(Bytes("\u{19}Ethereum Signed Message:\n32".utf8) + inner.bytes)
        }

        fileprivate var signedBytes: Bytes {
            var bytes: Bytes = [Envelope.version]
            bytes.append(domain.hash)
            bytes.append(wallet)
            bytes.append(bigEndian: coordinationBlock.rawValue)
            bytes.append(bigEndian: seat.rawValue)
            bytes.append(contentsOf: payload)
            return bytes
        }
    }
}

/// A failure to decode an envelope.
package enum EnvelopeFailure: Error, Hashable, Sendable {
    /// The version is unknown.
    case version(UInt8)
    /// The kind is unknown.
    case kind(UInt8)
    /// The envelope is larger than its kind allows.
    case tooLarge(Int, MessageKind)
    /// The signature is not r ‖ s ‖ v with low s and v of 27 or 28.
    case signature
    /// A field is missing or malformed, or bytes are left over.
    case malformed(DecodingFailure)
}
