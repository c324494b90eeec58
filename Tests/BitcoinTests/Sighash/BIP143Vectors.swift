import Bitcoin
import Primitives
import Secp256k1
import TestKit
import Testing

/// The examples of BIP-0143 that sign everything.
@Suite struct BIP143Vectors {
    private struct Case: Decodable {
        struct Output: Decodable {
            let script: String
            let value: UInt64
        }

        let name: String
        let unsignedTx: String
        let spent: [Output]
        let input: Int
        let scriptCode: String
        let preimage: String
        let sighash: String
        let signature: String
        let publicKey: String
        let signedTx: String
    }

    @Test("Preimages and digests are the published ones, and the published signatures hold for them")
    func figures() throws {
        var report = CaseReport("BIP143Vectors")
        let cases = try VectorFile("bip143").group("examples", as: Case.self)
        for figure in cases {
            let spent = try figure.spent.map {
                TxOutput(value: try #require(Satoshis($0.value)), script: Script(try Bytes(hex: $0.script)))
            }
            let unsigned = try Transaction(decoding: Bytes(hex: figure.unsignedTx))
            let sighash = try Sighash(unsigned, spent: spent)
            let preimage = try sighash.witnessPreimage(
                input: figure.input, scriptCode: Script(Bytes(hex: figure.scriptCode)))
            #expect(preimage.hex == figure.preimage, "\(figure.name)")
            #expect(hash256(preimage).hex == figure.sighash, "\(figure.name)")
            let signature = try ECDSASignature(der: Bytes(hex: figure.signature))
            let key = try #require(CurvePoint(compressed: try Bytes(hex: figure.publicKey)))
            #expect(signature.verifies(digest: hash256(preimage), key: key))

            let signed = try Transaction(decoding: Bytes(hex: figure.signedTx))
            #expect(signed.encoded.hex == figure.signedTx)
            #expect(signed.unsignedBytes.hex == figure.unsignedTx)
            if spent[figure.input].script.kind == .p2wpkh {
                #expect(try sighash.digest(input: figure.input).hex == figure.sighash)
                try SpendVerifier.verify(signed, input: figure.input, spent: spent)
            }
        }
        report.ran("examples", cases.count)
        #expect(report.total() > 0, "no figures were found")
    }
}
