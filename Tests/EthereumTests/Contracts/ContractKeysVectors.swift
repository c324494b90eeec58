import Ethereum
import Primitives
import TestKit
import Testing

/// Keys and digests that the contracts compute, as published.
@Suite struct ContractKeysVectors {
    private struct OutputKey: Decodable {
        let txHash: String
        let outputIndex: UInt32
        let digest: String
    }

    private struct RedemptionKey: Decodable {
        let walletPublicKeyHash: String
        let script: String
        let digest: String
    }

    private struct MainUtxo: Decodable {
        let txHash: String?
        let txid: String?
        let outputIndex: UInt32
        let value: UInt64
        let keccak: String
    }

    private struct Operators: Decodable {
        let ids: [UInt32]
        let digest: String
    }

    private struct Result: Decodable {
        let chainId: UInt64
        let publicKey64: String
        let misbehaved: [UInt8]
        let startBlock: UInt64
        let digest: String
    }

    private struct Inactivity: Decodable {
        let chainId: UInt64
        let nonce: UInt64
        let publicKey64: String
        let inactive: [UInt64]
        let heartbeatFailed: Bool
        let digest: String
    }

    @Test("Keys and main UTXO hashes are the published ones")
    func keys() throws {
        let file = try VectorFile("bitcoin")
        var report = CaseReport("ContractKeysVectors")

        try report.check("main_utxo_hash", of: file, as: MainUtxo.self) { figure in
            let transaction =
                if let internalOrder = figure.txHash { try Hash32(hex: internalOrder) } else {
                    try Hash32(hex: try #require(figure.txid)).reversed
                }
            let hash = ContractKeys.mainUtxoHash(
                transaction: transaction, index: figure.outputIndex, value: figure.value)
            #expect(hash.hex == figure.keccak)
        }

        for name in ["deposit_key", "moved_funds_key"] {
            let figure = try file.object("keccak", name, as: OutputKey.self)
            if let figure {
                let key = ContractKeys.output(
                    transaction: try Hash32(hex: figure.txHash), index: figure.outputIndex)
                #expect(key.hex == figure.digest)
            }
            report.ran("keccak.\(name)", figure == nil ? 0 : 1)
        }

        let redemption = try file.object("keccak", "redemption_key", as: RedemptionKey.self)
        if let redemption {
            let key = ContractKeys.redemption(
                script: try Bytes(hex: redemption.script), wallet: try Hash20(hex: redemption.walletPublicKeyHash))
            #expect(key.hex == redemption.digest)
        }
        report.ran("keccak.redemption_key", redemption == nil ? 0 : 1)

        // What these digests stand for has no code yet; the encodings under them are this codec's.
        let operators = try file.object("keccak", "operator_ids", as: Operators.self)
        if let operators {
            var writer = ABIWriter(types: [.array(.uint(bits: 32))])
            writer.array(operators.ids)
            #expect(keccak256(writer.encoded).hex == operators.digest)
        }
        report.ran("keccak.operator_ids", operators == nil ? 0 : 1)

        let result = try file.object("keccak", "dkg_result", as: Result.self)
        if let result {
            var writer = ABIWriter(types: [.uint(bits: 256), .bytes, .array(.uint(bits: 8)), .uint(bits: 256)])
            writer.value(UInt256(result.chainId))
            writer.value(try Bytes(hex: result.publicKey64))
            writer.array(result.misbehaved)
            writer.value(UInt256(result.startBlock))
            #expect(keccak256(writer.encoded).hex == result.digest)
        }
        report.ran("keccak.dkg_result", result == nil ? 0 : 1)

        let inactivity = try file.object("keccak", "inactivity", as: Inactivity.self)
        if let inactivity {
            var writer = ABIWriter(
                types: [.uint(bits: 256), .uint(bits: 256), .bytes, .array(.uint(bits: 256)), .bool])
            writer.value(UInt256(inactivity.chainId))
            writer.value(UInt256(inactivity.nonce))
            writer.value(try Bytes(hex: inactivity.publicKey64))
            writer.array(inactivity.inactive.map { UInt256($0) })
            writer.value(inactivity.heartbeatFailed)
            #expect(keccak256(writer.encoded).hex == inactivity.digest)
        }
        report.ran("keccak.inactivity", inactivity == nil ? 0 : 1)

        for name in ["wallet_id", "commitment", "pubkey_left_pad"] { report.notRun("keccak.\(name)") }
        #expect(report.total() > 0, "no figures were found")
    }
}
