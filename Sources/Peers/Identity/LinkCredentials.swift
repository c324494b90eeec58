import Foundation
import NIOSSL
import Primitives

/// What both sides of a TLS link are made with: the certificate of this boot, renewed while the process runs
/// (durability-and-events.md NE1).
struct LinkCredentials: Sendable {
    private static let lifetime: TimeInterval = 7 * 86_400
    /// A clock that goes back by more has been mended: the certificate may not be valid yet.
    private static let clockStep: TimeInterval = 3_600

    let server: NIOSSLContext
    let client: NIOSSLContext
    private let made: Date

    /// Makes the contexts of a certificate made now.
    init(_ certificate: PeerCertificate, now: Date) throws {
        made = now
        let chain = [NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: certificate.der, format: .der))]
        let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: certificate.keyDER, format: .der))
        var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateChain = chain
        client.privateKey = key
        Self.shape(&server)
        Self.shape(&client)
        self.server = try NIOSSLContext(configuration: server)
        self.client = try NIOSSLContext(configuration: client)
    }

    private static func shape(_ configuration: inout TLSConfiguration) {
        configuration.minimumTLSVersion = .tlsv13
        // Who the other side is, our own callback decides; this only makes the server ask for a certificate.
        configuration.certificateVerification = .noHostnameVerification
        // No authority vouches for an operator; without this every start reads the machine's store.
        configuration.trustRoots = .certificates([])
        configuration.applicationProtocols = ["coord/1"]
    }

    /// Whether the next link wants a new certificate.
    func isRenewalDue(at now: Date) -> Bool { now >= made + Self.lifetime || now < made - Self.clockStep }
}
