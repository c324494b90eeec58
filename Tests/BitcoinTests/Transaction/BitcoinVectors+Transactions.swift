import Bitcoin
import Primitives
import Secp256k1
import TestKit
import Testing

// The transactions among the figures, of all four actions: template, digests, signatures, signed form.
extension BitcoinVectors {
    private struct Case: Decodable {
        struct Input: Decodable {
            let txid: String
            let outputIndex: UInt32
            let value: UInt64
            let script: String
            let kind: String
            let redeemScript: String?
        }

        struct Output: Decodable {
            let value: UInt64
            let script: String
        }

        struct Signature: Decodable {
            let r: String
            let s: String
        }

        struct Expected: Decodable {
            let sequence: UInt32
            let unsignedTx: String
            let unsignedId: String
            let sighashes: [String]
            let signatures: [Signature]
            let signedTx: String
            let txid: String
            let wtxid: String
            let vsize: UInt64
        }

        let id: String
        let inputs: [Input]
        let outputs: [Output]
        let estimatedVsize: UInt64
        let previousTransactions: [String]
        let expected: [Expected]
    }

    private struct Secret: Decodable {
        let secret: String
    }

    private static let groups = ["deposit_sweep", "redemption", "moving_funds", "moved_funds_sweep"]

    func transactions(_ file: VectorFile, _ report: inout CaseReport) throws {
        let key = try file.object("testKey", as: Secret.self).map { try TestKey(hex: $0.secret) }
        for group in Self.groups {
            let cases = try file.group("transactions", group, as: Case.self)
            for figure in cases {
                let spent = try figure.inputs.map {
                    TxOutput(value: try #require(Satoshis($0.value)), script: Script(try Bytes(hex: $0.script)))
                }
                try checkPrevious(figure, spent)
                let kinds = try figure.inputs.map {
                    try InputKind(named: $0.kind, redeemLength: $0.redeemScript.map { $0.count / 2 })
                }
                let outputs = try figure.outputs.map {
                    TxOutput(value: try #require(Satoshis($0.value)), script: Script(try Bytes(hex: $0.script)))
                }
                #expect(TransactionSize(inputs: kinds, outputs: outputs.map(\.script)).vsize == figure.estimatedVsize)
                for expected in figure.expected {
                    try check(figure, expected, spent, outputs, try #require(key, "signatures need the test key"))
                }
            }
            report.ran("transactions.\(group)", cases.count)
        }
        report.ran("transactions, real inputs among them", try checkRealInputs(file))
    }

    /// The outputs that are spent stand in the whole previous transactions.
    private func checkPrevious(_ figure: Case, _ spent: [TxOutput]) throws {
        var previous: [Txid: Transaction] = [:]
        for text in figure.previousTransactions {
            let transaction = try Transaction(decoding: Bytes(hex: text))
            #expect(transaction.encoded.hex == text)
            previous[transaction.txid] = transaction
        }
        for (input, output) in zip(figure.inputs, spent) {
            let transaction = try #require(previous[try Txid(display: input.txid)])
            #expect(transaction.outputs[Int(input.outputIndex)] == output, "\(figure.id)")
            #expect(output.script.kind.rawValue == input.kind)
        }
    }

    private func check(
        _ figure: Case, _ expected: Case.Expected, _ spent: [TxOutput], _ outputs: [TxOutput],
        _ key: TestKey
    ) throws {
        let inputs = try figure.inputs.map {
            TxInput(
                outPoint: OutPoint(txid: try Txid(display: $0.txid), index: $0.outputIndex),
                sequence: expected.sequence)
        }
        let template = Transaction(version: 1, inputs: inputs, outputs: outputs, lockTime: 0)
        #expect(template.encoded.hex == expected.unsignedTx, "\(figure.id)")
        #expect(try Transaction(decoding: Bytes(hex: expected.unsignedTx)) == template)
        #expect(template.unsignedID.hex == expected.unsignedId)

        let sighash = try Sighash(template, spent: spent)
        var unlockings: [Unlocking] = []
        for (index, input) in figure.inputs.enumerated() {
            let redeem = try input.redeemScript.map { Script(try Bytes(hex: $0)) }
            let digest = try sighash.digest(input: index, redeemScript: redeem)
            #expect(digest.hex == expected.sighashes[index], "\(figure.id), input \(index)")
            #expect(try hash256(sighash.preimage(input: index, redeemScript: redeem)) == digest)
            let published = expected.signatures[index]
            let signature = try ECDSASignature(compact: try Bytes(hex: published.r + published.s))
            #expect(signature.verifies(digest: digest, key: key.publicKey))
            #expect(key.value.signECDSA(digest) == signature)
            let publicKey = key.publicKey
            switch (spent[index].script.kind, redeem) {
            case (.p2wpkh, nil): unlockings.append(.p2wpkh(signature, key: publicKey))
            case (.p2pkh, nil): unlockings.append(.p2pkh(signature, key: publicKey))
            case (.p2wsh, let redeem?):
                unlockings.append(.p2wsh(signature, key: publicKey, redeemScript: redeem))
            case (.p2sh, let redeem?): unlockings.append(.p2sh(signature, key: publicKey, redeemScript: redeem))
            default: Issue.record("no such input: \(input.kind)")
            }
        }
        let signed = template.unlocked(by: unlockings)
        #expect(signed.encoded.hex == expected.signedTx, "\(figure.id)")
        #expect(try Transaction(decoding: Bytes(hex: expected.signedTx)) == signed)
        #expect(signed.txid.display == expected.txid)
        #expect(signed.wtxid.display == expected.wtxid)
        #expect(signed.size.vsize == expected.vsize)
        #expect(signed.unsignedID.hex == expected.unsignedId)
        for (index, output) in spent.enumerated() {
            switch output.script.kind {
            case .p2wpkh, .p2pkh: try SpendVerifier.verify(signed, input: index, spent: spent)
            case let kind:
                #expect(throws: SpendFailure.unsupported(input: index, kind)) {
                    try SpendVerifier.verify(signed, input: index, spent: spent)
                }
            }
        }
    }

    /// Every input that pays to the hash of a compressed key, of previous and signed transactions, verifies; how many.
    private func checkRealInputs(_ file: VectorFile) throws -> Int {
        var known: [Txid: Transaction] = [:]
        for group in Self.groups {
            for figure in try file.group("transactions", group, as: Case.self) {
                for text in figure.previousTransactions + figure.expected.map(\.signedTx) {
                    let transaction = try Transaction(decoding: Bytes(hex: text))
                    known[transaction.txid] = transaction
                }
            }
        }
        var verified = 0
        for transaction in known.values {
            var spent = transaction.inputs.map { input in
                known[input.outPoint.txid]?.outputs[Int(input.outPoint.index)]
            }
            for (index, input) in transaction.inputs.enumerated() where spent[index] == nil && input.witness.isEmpty {
                // The legacy digest covers no amount, and the unlocking script names the key: so the output is known.
                let script = input.scriptSig.bytes
                guard script.count > 34, script[script.count - 34] == 33 else { continue }
                spent[index] = TxOutput(value: .zero, script: .p2pkh(hash160(script.suffix(33))))
            }
            let unknown = TxOutput(value: .zero, script: [])
            for (index, output) in spent.enumerated() {
                guard let output, [.p2pkh, .p2wpkh].contains(output.script.kind) else { continue }
                try SpendVerifier.verify(transaction, input: index, spent: spent.map { $0 ?? unknown })
                verified += 1
            }
        }
        return verified
    }
}
