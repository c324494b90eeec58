import Primitives
import Secp256k1
import TestKit
import Testing

@testable import Bitcoin

/// The wallet figures of BIP-0341: key path digests and signatures, output scripts and addresses.
@Suite struct BIP341Vectors {
    private struct KeyPath: Decodable {
        struct Output: Decodable {
            let script: String
            let sats: UInt64
        }

        struct Input: Decodable {
            let index: Int
            let hash_type: UInt8
            let tweaked_secret: String
            let sig_msg: String
            let sighash: String
            let witness: [String]
        }

        let unsigned_tx: String
        let spent: [Output]
        let hashes: [String: String]
        let inputs: [Input]
    }

    private struct OutputScript: Decodable {
        let id: String
        let tweaked_xonly: String
        let script_pubkey: String
        let address: String
    }

    @Test("Messages, digests, signatures, scripts and addresses are the published ones")
    func figures() throws {
        let file = try VectorFile("frost")
        var report = CaseReport("BIP341Vectors")

        let transactions = try file.group("bip341", "key_path", as: KeyPath.self)
        var inputs = 0
        for figure in transactions {
            let unsigned = try Transaction(decoding: Bytes(hex: figure.unsigned_tx))
            let spent = try figure.spent.map {
                TxOutput(value: try #require(Satoshis($0.sats)), script: Script(try Bytes(hex: $0.script)))
            }
            let sighash = try Sighash(unsigned, spent: spent)
            #expect(sighash.amounts.hex == figure.hashes["hashAmounts"])
            #expect(sighash.outputs.hex == figure.hashes["hashOutputs"])
            #expect(sighash.prevouts.hex == figure.hashes["hashPrevouts"])
            #expect(sighash.scriptPubKeys.hex == figure.hashes["hashScriptPubkeys"])
            #expect(sighash.sequences.hex == figure.hashes["hashSequences"])
            for input in figure.inputs {
                let type = try #require(TaprootSighashType(rawValue: input.hash_type))
                #expect(try sighash.taprootMessage(input: input.index, type: type).hex == input.sig_msg)
                let digest = try sighash.taprootDigest(input: input.index, type: type)
                #expect(digest.hex == input.sighash)
                if type == .default { #expect(try sighash.digest(input: input.index) == digest) }

                let key = try TestKey(hex: input.tweaked_secret)
                let signature = key.value.signSchnorr(message: digest.bytes, auxiliary: .zero)
                let suffix: Bytes = type == .default ? [] : [type.rawValue]
                #expect([(signature.bytes + suffix).hex] == input.witness)

                let witness = try input.witness.map { try Bytes(hex: $0) }
                var signed = unsigned.inputs
                signed[input.index] = signed[input.index].replacing(witness: witness)
                let transaction = Transaction(
                    version: unsigned.version, inputs: signed, outputs: unsigned.outputs, lockTime: unsigned.lockTime)
                try SpendVerifier.verify(transaction, input: input.index, spent: spent)
            }
            inputs += figure.inputs.count
        }
        report.ran("key_path", inputs)

        let scripts = try file.group("bip341", "script_pubkey", as: OutputScript.self)
        for figure in scripts {
            let script = Script.p2tr(try Hash32(hex: figure.tweaked_xonly))
            #expect(script.hex == figure.script_pubkey, "\(figure.id)")
            #expect(Address(script, on: .mainnet)?.text == figure.address, "\(figure.id)")
            #expect(try Address(figure.address, on: .mainnet).script == script, "\(figure.id)")
        }
        report.ran("script_pubkey", scripts.count)
        #expect(report.total() > 0, "no figures were found")
    }
}
