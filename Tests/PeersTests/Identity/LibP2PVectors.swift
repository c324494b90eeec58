import Foundation
import Peers
import Primitives
import Secp256k1
import TestKit
import Testing

/// The published certificates of libp2p's TLS scheme: ours proves secp256k1 operators and refuses every other.
@Suite struct LibP2PVectors {
    private struct Case: Decodable {
        let name: String
        let certificate: String
        let key: String?
    }

    @Test("The secp256k1 certificate proves its key; those of other keys and the false one prove nobody")
    func figures() throws {
        var report = CaseReport("LibP2PVectors")
        let cases = try VectorFile("libp2p-tls").group("certificates", as: Case.self)
        for figure in cases {
            let der = try Bytes(hex: figure.certificate)
            let date = Date(timeIntervalSince1970: 1_700_000_000)
            if let key = figure.key {
                let point = try #require(CurvePoint(compressed: try Bytes(hex: key)))
                #expect(try PeerCertificate.verify(der: der, now: date) == EthereumAddress(publicKey: point))
            } else {
                #expect(throws: CertificateFailure.keyType, "\(figure.name)") {
                    try PeerCertificate.verify(der: der, now: date)
                }
            }
        }
        report.ran("certificates", cases.count)
        #expect(report.total() > 0, "no figures were found")
    }
}
