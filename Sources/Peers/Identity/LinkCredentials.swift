import Foundation
import NIOSSL
import Primitives

/// The credentials of both sides of a TLS link: the certificate of this boot, renewed while the process runs
/// (durability-and-events.md NE1).
struct LinkCredentials: Sendable {
    private static let lifetime: TimeInterval = 7 * 86_400
    /// A clock that goes back by more than this was corrected: the certificate may then not be valid yet.
    private static let clockStep: TimeInterval = 3_600

    let server: NIOSSLContext
    let client: NIOSSLContext
    private let made: Date

    /// Makes the TLS contexts of a new certificate.
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
        // Our own callback decides the identity of the other side; this only makes the server ask for a certificate.
        configuration.certificateVerification = .noHostnameVerification
        // No authority vouches for an operator; without this line every start reads the machine's certificate store.
        configuration.trustRoots = .certificates([])
        configuration.applicationProtocols = ["coord/1"]
    }

    /// Whether the next link needs a new certificate.
    func isRenewalDue(at now: Date) -> Bool { now >= made + Self.lifetime || now < made - Self.clockStep }
}
