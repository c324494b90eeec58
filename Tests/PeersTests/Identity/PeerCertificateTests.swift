import Crypto
import Foundation
import Peers
import Primitives
import Secp256k1
import SwiftASN1
import Testing
import X509

@Suite struct PeerCertificateTests {
    private static let oid: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 53594, 1, 1]
    private let now = Date()

    private func key() -> PrivateKey {
        var random = SystemRandom()
        return PrivateKey(random: &random)
    }

    /// A certificate of a fresh key with these extensions, signed by `signer` or by itself.
    private func certificate(
        extensions: (P256.Signing.PrivateKey) throws -> [Certificate.Extension], signer: P256.Signing.PrivateKey? = nil
    ) throws -> Bytes {
        let own = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("test") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(own.publicKey),
            notValidBefore: now - 60, notValidAfter: now + 60, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: Certificate.Extensions(try extensions(own)),
            issuerPrivateKey: .init(signer ?? own))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }

    /// The extension's content for a key, made by hand: `SEQUENCE { OCTET STRING, OCTET STRING }`.
    private func binding(_ publicKey: Bytes, _ signature: Bytes) -> Certificate.Extension {
        func field(_ bytes: Bytes) -> Bytes { [4, UInt8(bytes.count)] + bytes }
        let content = field(publicKey) + field(signature)
        return Certificate.Extension(
            oid: Self.oid, critical: true, value: ([0x30, UInt8(content.count)] + content)[...])
    }

    private func signed(_ own: P256.Signing.PrivateKey, by key: borrowing PrivateKey) -> Certificate.Extension {
        let message = Bytes("libp2p-tls-handshake:".utf8) + Bytes(own.publicKey.derRepresentation)
        return binding([8, 2, 0x12, 0x21] + key.publicKey.compressed, key.signECDSA(sha256(message)).der)
    }

    @Test("A certificate proves its operator, from a day before it was made to thirty days after")
    func validity() throws {
        let key = key()
        let address = key.ethereumAddress
        let certificate = try PeerCertificate(operatorKey: key, now: now)
        let day: TimeInterval = 86_400
        for offset in [-day + 5, 0, 30 * day - 5] {
            #expect(try PeerCertificate.verify(der: certificate.der, now: now + offset) == address)
        }
        for offset in [-day - 5, 30 * day + 5] {
            #expect(throws: CertificateFailure.expired) {
                try PeerCertificate.verify(der: certificate.der, now: now + offset)
            }
        }
    }

    @Test("No single bit of a certificate can be changed, and no part left out")
    func tampering() throws {
        let certificate = try PeerCertificate(operatorKey: key(), now: now)
        for index in certificate.der.indices {
            var altered = certificate.der
            altered[index] ^= 1 << UInt8(index % 8)
            #expect(throws: CertificateFailure.self, "byte \(index)") {
                try PeerCertificate.verify(der: altered, now: now)
            }
        }
        for length in 0..<certificate.der.count {
            #expect(throws: CertificateFailure.malformed) {
                try PeerCertificate.verify(der: Bytes(certificate.der.prefix(length)), now: now)
            }
        }
    }

    @Test("Bits that belong to no byte of the signature are refused")
    func unusedBits() throws {
        // Only a signature whose last bit is 0 could leave that bit unused.
        let der = try #require(
            (0..<64).lazy.map { _ in try? PeerCertificate(operatorKey: key(), now: now).der }
                .first { $0.map { $0[$0.count - 1] & 1 == 0 } ?? false } ?? nil)
        let tag = try #require(
            der.indices.last { $0 + 3 < der.count && der[$0] == 3 && $0 + 2 + Int(der[$0 + 1]) == der.count })
        var altered = der
        altered[tag + 2] = 1
        #expect(throws: CertificateFailure.malformed) { try PeerCertificate.verify(der: altered, now: now) }
    }

    @Test("A binding made by hand is taken as long as it is whole; each way to forge it has its own code")
    func bindings() throws {
        let key = self.key()
        let address = key.ethereumAddress
        let foreign = P256.Signing.PrivateKey()
        let verify = { (der: Bytes) throws(CertificateFailure) in try PeerCertificate.verify(der: der, now: Date()) }
        let good = try certificate { [signed($0, by: key)] }
        #expect(try verify(good) == address)

        let none = try certificate { _ in [] }
        #expect(throws: CertificateFailure.binding) { try verify(none) }
        let garbage = try certificate { _ in
            [Certificate.Extension(oid: Self.oid, critical: true, value: [1, 2, 3])]
        }
        #expect(throws: CertificateFailure.binding) { try verify(garbage) }
        let replayed = try certificate { _ in [signed(foreign, by: key)] }
        #expect(throws: CertificateFailure.signature) { try verify(replayed) }
        let ed25519 = try certificate { _ in [binding([8, 1, 0x12, 0x20] + Bytes(repeating: 1, count: 32), [1])] }
        #expect(throws: CertificateFailure.keyType) { try verify(ed25519) }
        let unknown = try certificate {
            [
                signed($0, by: key),
                Certificate.Extension(oid: [1, 2, 3, 4], critical: true, value: [5, 0]),
            ]
        }
        #expect(throws: CertificateFailure.criticalExtension) { try verify(unknown) }
        let ignorable = try certificate {
            [
                signed($0, by: key),
                Certificate.Extension(oid: [1, 2, 3, 4], critical: false, value: [5, 0]),
            ]
        }
        #expect(try verify(ignorable) == address)
        let notSelf = try certificate(extensions: { [signed($0, by: key)] }, signer: foreign)
        #expect(throws: CertificateFailure.selfSignature) { try verify(notSelf) }
    }
}
