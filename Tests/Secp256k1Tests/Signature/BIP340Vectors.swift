import Primitives
import Secp256k1
import TestKit
import Testing

/// The published table of BIP 340.
@Suite struct BIP340Vectors {
    private struct Case: Decodable {
        let id: String
        let secret: String?
        let xonly: String
        let aux: String?
        let msg: String
        let sig: String
        let valid: Bool
    }

    @Test("Signing and verifying give the published answers")
    func figures() throws {
        var report = CaseReport("BIP340Vectors")
        let cases = try VectorFile("frost").group("bip340", as: Case.self)
        for figure in cases {
            let signature = try SchnorrSignature(hex: figure.sig)
            let message = try Bytes(hex: figure.msg)
            let key = XOnlyPublicKey(try Hash32(hex: figure.xonly))
            #expect((key?.verifies(signature, message: message) ?? false) == figure.valid, "\(figure.id)")
            guard let secret = figure.secret, let aux = figure.aux else { continue }
            let signer = try PrivateKey(hex: secret)
            let (signerX, signed) = (
                signer.publicKey.xOnly.hex, signer.signSchnorr(message: message, auxiliary: try Hash32(hex: aux))
            )
            #expect(signerX == figure.xonly, "\(figure.id)")
            #expect(signed.hex == figure.sig, "\(figure.id)")
        }
        report.ran("bip340", cases.count)
        #expect(report.total() > 0, "no figures were found")
    }
}
