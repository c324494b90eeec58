import Crypto
package import Foundation
package import Primitives
package import Secp256k1
import SwiftASN1
import X509

/// The reason that a certificate does not prove an operator (durability-and-events.md NE1). The raw value is the stable
/// code.
package enum CertificateFailure: String, Error, Hashable, Sendable {
    /// The bytes are not an X.509 certificate, or the certificate is missing.
    case malformed = "certificate_malformed"
    /// The certificate is not valid yet, or not any more.
    case expired = "certificate_expired"
    /// It is not signed by its own key.
    case selfSignature = "certificate_self_signature"
    /// The extension with the operator's key is missing, repeated, or malformed.
    case binding = "certificate_binding"
    /// A critical extension is unknown.
    case criticalExtension = "certificate_critical_extension"
    /// The operator's key is not a secp256k1 key, or not a point.
    case keyType = "certificate_key_type"
    /// The operator's signature is not over this certificate's key.
    case signature = "certificate_signature"
    /// The certificate proves an operator other than the one that was dialled.
    case otherOperator = "certificate_other_operator"
}

/// The certificate that proves an operator on a link: libp2p's TLS scheme with a secp256k1 identity.
///
/// A fresh P-256 key signs itself. An extension carries the operator's public key and its signature over the fresh key.
/// So a copied certificate is useless without the fresh key, and the operator's key needs no authority.
package struct PeerCertificate: Sendable {
    /// libp2p's extension: `SEQUENCE { publicKey OCTET STRING, signature OCTET STRING }`.
    private static let extensionOID: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 53594, 1, 1]
    private static let prefix = Bytes("libp2p-tls-handshake:".utf8)
    /// The protobuf of a secp256k1 public key: type 2, then 33 bytes.
    private static let keyPrefix: Bytes = [0x08, 0x02, 0x12, 0x21]
    private static let day: TimeInterval = 86_400

    /// The certificate in DER.
    package let der: Bytes
    /// The private key of the link in DER; it is never the operator's key.
    package let keyDER: Bytes

    /// Makes a certificate valid from a day before `now` to 30 days after.
    ///
    /// - Throws: The errors of X509 and SwiftASN1 where the certificate cannot be encoded or signed.
    package init(operatorKey: borrowing PrivateKey, now: Date) throws {
        let key = P256.Signing.PrivateKey()
        let publicKey = Bytes(key.publicKey.derRepresentation)
        let signature = operatorKey.signECDSA(sha256(Self.prefix + publicKey)).der
        let signedKey = SignedKey(
            publicKey: ASN1OctetString(contentBytes: (Self.keyPrefix + operatorKey.publicKey.compressed)[...]),
            signature: ASN1OctetString(contentBytes: signature[...]))
        var serializer = DER.Serializer()
        try serializer.serialize(signedKey)
        let name = try DistinguishedName { CommonName("coord") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: now - Self.day, notValidAfter: now + 30 * Self.day, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions([
                Certificate.Extension(
                    oid: Self.extensionOID, critical: true, value: serializer.serializedBytes[...])
            ]), issuerPrivateKey: .init(key))
        var whole = DER.Serializer()
        try whole.serialize(certificate)
        der = whole.serializedBytes
        keyDER = Bytes(key.derRepresentation)
    }

    /// Checks a certificate and gives the operator that it proves.
    ///
    /// - Throws: ``CertificateFailure`` for the first rule of NE1 that the certificate breaks.
    package static func verify(der: Bytes, now: Date) throws(CertificateFailure) -> EthereumAddress {
        guard let certificate = try? Certificate(derEncoded: der), signatureIsWhole(der) else { throw .malformed }
        guard certificate.notValidBefore <= now, now <= certificate.notValidAfter else { throw .expired }
        // The algorithm appears twice, and only the inner one is signed.
        guard certificate.signatureAlgorithm == .ecdsaWithSHA256,
            certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
        else { throw .selfSignature }
        var bindings: [Certificate.Extension] = []
        for candidate in certificate.extensions {
            if candidate.oid == extensionOID {
                bindings.append(candidate)
            } else if candidate.critical {
                throw .criticalExtension
            }
        }
        guard bindings.count == 1, let signedKey = try? SignedKey(derEncoded: bindings[0].value) else { throw .binding }
        let key = Bytes(signedKey.publicKey.bytes)
        guard key.starts(with: keyPrefix), let point = CurvePoint(compressed: key.dropFirst(keyPrefix.count)) else {
            throw .keyType
        }
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(certificate.publicKey)) != nil,
            let signature = try? ECDSASignature(der: Bytes(signedKey.signature.bytes)),
            signature.verifies(digest: sha256(prefix + serializer.serializedBytes), key: point)
        else { throw .signature }
        return EthereumAddress(publicKey: point)
    }
}

/// Whether every bit of the outer signature belongs to a byte. The parser does not check this; unused bits would give
/// one certificate two encodings.
private func signatureIsWhole(_ der: Bytes) -> Bool {
    guard let certificate = try? DER.parse(der), case .constructed(let fields) = certificate.content,
        let last = Array(fields).last, let signature = try? ASN1BitString(derEncoded: last)
    else { return false }
    return signature.paddingBits == 0
}

/// The content of the extension.
private struct SignedKey: DERImplicitlyTaggable {
    static let defaultIdentifier = ASN1Identifier.sequence

    let publicKey: ASN1OctetString
    let signature: ASN1OctetString

    init(publicKey: ASN1OctetString, signature: ASN1OctetString) {
        self.publicKey = publicKey
        self.signature = signature
    }

    init(derEncoded node: ASN1Node, withIdentifier identifier: ASN1Identifier) throws {
        self = try DER.sequence(node, identifier: identifier) { nodes in
            SignedKey(
                publicKey: try ASN1OctetString(derEncoded: &nodes), signature: try ASN1OctetString(derEncoded: &nodes))
        }
    }

    func serialize(into coder: inout DER.Serializer, withIdentifier identifier: ASN1Identifier) throws {
        try coder.appendConstructedNode(identifier: identifier) { coder in
            try coder.serialize(publicKey)
            try coder.serialize(signature)
        }
    }
}
