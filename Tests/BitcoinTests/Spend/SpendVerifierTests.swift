import Bitcoin
import Primitives
import Secp256k1
import TestKit
import Testing

@Suite struct SpendVerifierTests {
    private let fixture: SpendFixture

    init() throws { fixture = try SpendFixture() }

    /// The transaction with one input's script and witness replaced.
    private func replaced(
        _ transaction: Transaction, _ index: Int = 0, scriptSig: Script? = nil, witness: [Bytes]? = nil
    ) -> Transaction {
        var inputs = transaction.inputs
        inputs[index] = TxInput(
            outPoint: inputs[index].outPoint, scriptSig: scriptSig ?? inputs[index].scriptSig,
            sequence: inputs[index].sequence, witness: witness ?? inputs[index].witness)
        return Transaction(version: 1, inputs: inputs, outputs: transaction.outputs, lockTime: 0)
    }

    @Test("A transaction whose inputs are all unlocked is accepted, with its fee")
    func accepts() throws {
        for kinds in [[SpendFixture.Kind.p2tr], [.p2wpkh], [.p2pkh], [.p2pkh, .p2tr, .p2wpkh, .p2tr]] {
            let (transaction, spent) = try fixture.signed(kinds)
            let fee = try SpendVerifier.verify(transaction, spent: spent)
            #expect(fee.rawValue == UInt64(50_000 * kinds.count - 49_000))
        }
    }

    @Test("No single bit of a signed transaction can be changed", arguments: SpendFixture.Kind.allCases)
    func bitFlips(_ kind: SpendFixture.Kind) throws {
        let (transaction, spent) = try fixture.signed([kind])
        let bytes = transaction.encoded
        for bit in 0..<8 * bytes.count {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            guard let decoded = try? Transaction(decoding: changed) else { continue }
            #expect(throws: SpendFailure.self, "bit \(bit)") { try SpendVerifier.verify(decoded, spent: spent) }
        }
    }

    @Test("A signature holds for the output it was made for: another script or, by witness, another amount breaks it")
    func otherOutputs() throws {
        for kind in SpendFixture.Kind.allCases {
            let (transaction, spent) = try fixture.signed([kind, kind])
            let more = TxOutput(value: try #require(Satoshis(50_001)), script: spent[0].script)
            // The legacy digest does not cover the amount (wallet-actions.md §5.1).
            if kind == .p2pkh {
                try SpendVerifier.verify(transaction, spent: [more, spent[1]])
            } else {
                #expect(throws: SpendFailure.signature(input: 0)) {
                    try SpendVerifier.verify(transaction, input: 0, spent: [more, spent[1]])
                }
            }
            // BIP-0341 covers the amounts of the other inputs too.
            if kind == .p2tr {
                #expect(throws: SpendFailure.signature(input: 1)) {
                    try SpendVerifier.verify(transaction, input: 1, spent: [more, spent[1]])
                }
            }
        }
    }

    @Test("The inputs' signatures are not interchangeable")
    func swapped() throws {
        for kind in [SpendFixture.Kind.p2tr, .p2wpkh] {
            let (transaction, spent) = try fixture.signed([kind, kind])
            let changed = replaced(transaction, witness: transaction.inputs[1].witness)
            #expect(throws: SpendFailure.signature(input: 0)) { try SpendVerifier.verify(changed, spent: spent) }
        }
    }

    @Test("An input that is not unlocked at all is refused")
    func locked() throws {
        for (kind, failure) in [
            (SpendFixture.Kind.p2tr, SpendFailure.witness(input: 0)), (.p2wpkh, .witness(input: 0)),
            (.p2pkh, .scriptSig(input: 0)),
        ] {
            let (template, spent) = try fixture.template([kind])
            #expect(throws: failure) { try SpendVerifier.verify(template, spent: spent) }
        }
    }

    @Test("Kinds of output that the check does not know are refused by name, whatever unlocks them")
    func unsupportedKinds() throws {
        let anyone = Script([0x51])
        for (script, kind) in [
            (anyone.asP2SH, Script.Kind.p2sh), (anyone.asP2WSH, .p2wsh), (anyone, .other), ([], .other),
            (Script([0x52, 2, 1, 1]), .other),
        ] {
            let (template, spent) = try fixture.template([.p2tr])
            let transaction = replaced(template, scriptSig: [0x51], witness: [[1], [0x51]])
            let output = TxOutput(value: spent[0].value, script: script)
            #expect(throws: SpendFailure.unsupported(input: 0, kind)) {
                try SpendVerifier.verify(transaction, spent: [output])
            }
        }
    }

    @Test("Taproot: annex and script path are unsupported, and a signature has one encoding")
    func taprootForms() throws {
        let (transaction, spent) = try fixture.signed([.p2tr])
        let signature = transaction.inputs[0].witness[0]
        func failure(_ witness: [Bytes], scriptSig: Script = []) -> SpendFailure? {
            do {
                try SpendVerifier.verify(replaced(transaction, scriptSig: scriptSig, witness: witness), spent: spent)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure([signature]) == nil)
        #expect(failure([signature, [0x50, 1]]) == .unsupportedForm(input: 0))
        #expect(failure([[0x51], [0xc0] + Bytes(repeating: 1, count: 32)]) == .unsupportedForm(input: 0))
        #expect(failure([signature], scriptSig: [0x51]) == .scriptSig(input: 0))
        #expect(failure([signature + [0]]) == .signatureEncoding(input: 0))
        #expect(failure([signature + [4]]) == .signatureEncoding(input: 0))
        #expect(failure([signature.dropLast()]) == .signatureEncoding(input: 0))
        #expect(failure([signature + [1, 0]]) == .signatureEncoding(input: 0))
        #expect(failure([[]]) == .signatureEncoding(input: 0))
        // A named type is a type of its own: `all` covers what `default` does, under another digest.
        #expect(failure([signature + [1]]) == .signature(input: 0))
    }

    @Test("Taproot: a signature of any sighash type holds, and `single` needs an output at its place")
    func taprootTypes() throws {
        for type in TaprootSighashType.allCases {
            let (template, spent) = try fixture.template([.p2tr])
            let digest = try Sighash(template, spent: spent).taprootDigest(input: 0, type: type)
            let signature = fixture.key.value.signSchnorr(message: digest.bytes, auxiliary: .zero)
            let suffix: Bytes = type == .default ? [] : [type.rawValue]
            try SpendVerifier.verify(replaced(template, witness: [signature.bytes + suffix]), spent: spent)
        }
        let (template, spent) = try fixture.template([.p2tr, .p2tr, .p2tr])
        let sighash = try Sighash(template, spent: spent)
        #expect(throws: SighashFailure.noMatchingOutput(input: 2)) {
            try sighash.taprootDigest(input: 2, type: .single)
        }
        let junk = Bytes(repeating: 1, count: 64) + [TaprootSighashType.single.rawValue]
        #expect(throws: SpendFailure.signature(input: 2)) {
            try SpendVerifier.verify(replaced(template, 2, witness: [junk]), input: 2, spent: spent)
        }
    }

    @Test("A taproot output whose key is no point cannot be spent")
    func noPoint() throws {
        let (transaction, spent) = try fixture.signed([.p2tr])
        let output = TxOutput(
            value: spent[0].value, script: .p2tr(try #require(Hash32(Bytes(repeating: 0xff, count: 32)))))
        #expect(throws: SpendFailure.key(input: 0)) { try SpendVerifier.verify(transaction, spent: [output]) }
    }

    @Test("P2WPKH: another key, sighash type or encoding is refused", arguments: [SpendFixture.Kind.p2wpkh, .p2pkh])
    func ecdsaForms(_ kind: SpendFixture.Kind) throws {
        let (transaction, spent) = try fixture.signed([kind])
        let digest = try Sighash.digest(of: transaction, input: 0, spent: spent)
        let signature = fixture.key.value.signECDSA(digest).der
        let key = fixture.key.publicKey.compressed
        func failure(_ elements: [Bytes], spent other: [TxOutput]? = nil) -> SpendFailure? {
            let pushes = Script(elements.flatMap { [UInt8($0.count)] + $0 })
            let changed =
                kind == .p2wpkh
                ? replaced(transaction, witness: elements) : replaced(transaction, scriptSig: pushes)
            do {
                try SpendVerifier.verify(changed, spent: other ?? spent)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure([signature + [1], key]) == nil)
        for type in [0, 2, 3, 0x81, 0x83] as Bytes {
            #expect(failure([signature + [type], key]) == .unsupportedForm(input: 0))
        }
        #expect(failure([signature + [1], fixture.key.publicKey.negated.compressed]) == .key(input: 0))
        #expect(failure([[1], key]) == .signatureEncoding(input: 0))
        var high = signature
        high[high.count - 1] ^= 1
        #expect(failure([high + [1], key]) == .signature(input: 0))
        // The hash of the uncompressed key pays to another script; Bitcoin would take it for P2PKH, we never make it.
        let uncompressed = fixture.key.publicKey.uncompressed
        let hash = hash160(uncompressed)
        let output = TxOutput(value: spent[0].value, script: kind == .p2wpkh ? .p2wpkh(hash) : .p2pkh(hash))
        #expect(failure([signature + [1], uncompressed], spent: [output]) == .unsupportedForm(input: 0))
        // 33 bytes that hash right but are no point.
        let nonsense = [5] + Bytes(repeating: 1, count: 32)
        let trap = TxOutput(
            value: spent[0].value, script: kind == .p2wpkh ? .p2wpkh(hash160(nonsense)) : .p2pkh(hash160(nonsense)))
        #expect(failure([signature + [1], nonsense], spent: [trap]) == .key(input: 0))
        let shape: SpendFailure = kind == .p2wpkh ? .witness(input: 0) : .unsupportedForm(input: 0)
        #expect(failure([signature + [1]]) == shape)
        #expect(failure([signature + [1], key, key]) == shape)
    }

    @Test("A witness beside a script, or a script beside a witness, is refused")
    func both() throws {
        let (wpkh, wpkhSpent) = try fixture.signed([.p2wpkh])
        #expect(throws: SpendFailure.scriptSig(input: 0)) {
            try SpendVerifier.verify(replaced(wpkh, scriptSig: [0x51]), spent: wpkhSpent)
        }
        let (pkh, pkhSpent) = try fixture.signed([.p2pkh])
        #expect(throws: SpendFailure.witness(input: 0)) {
            try SpendVerifier.verify(replaced(pkh, witness: [[1]]), spent: pkhSpent)
        }
        #expect(throws: SpendFailure.unsupportedForm(input: 0)) {
            try SpendVerifier.verify(
                replaced(pkh, scriptSig: Script(pkh.inputs[0].scriptSig.bytes + [0x51])), spent: pkhSpent)
        }
    }

    @Test("Rules, counts and amounts of the whole transaction are checked too")
    func whole() throws {
        let (transaction, spent) = try fixture.signed([.p2tr])
        #expect(throws: SpendFailure.spentOutputCount(inputs: 1, outputs: 2)) {
            try SpendVerifier.verify(transaction, spent: spent + spent)
        }
        let twice = Transaction(
            version: 1, inputs: transaction.inputs + transaction.inputs, outputs: transaction.outputs, lockTime: 0)
        #expect(throws: SpendFailure.rules(.duplicateInput(transaction.inputs[0].outPoint))) {
            try SpendVerifier.verify(twice, spent: spent + spent)
        }
        let poor = TxOutput(value: try #require(Satoshis(48_999)), script: spent[0].script)
        #expect(throws: SpendFailure.fee) { try SpendVerifier.verify(transaction, spent: [poor]) }
    }

    @Test("Digests need every spent output, an input that exists, and the right redeem script")
    func digests() throws {
        let (template, spent) = try fixture.template([.p2tr])
        #expect(throws: SighashFailure.spentOutputCount(inputs: 1, outputs: 0)) { try Sighash(template, spent: []) }
        let sighash = try Sighash(template, spent: spent)
        #expect(throws: SighashFailure.noInput(1)) { try sighash.digest(input: 1) }
        #expect(throws: SighashFailure.noInput(-1)) { try sighash.digest(input: -1) }
        #expect(throws: SighashFailure.redeemScript(input: 0)) { try sighash.digest(input: 0, redeemScript: [0x51]) }
        let redeem = Script([0x51, 0x51])
        for script in [redeem.asP2SH, redeem.asP2WSH] {
            let sighash = try Sighash(template, spent: [TxOutput(value: spent[0].value, script: script)])
            #expect(throws: Never.self) { try sighash.digest(input: 0, redeemScript: redeem) }
            #expect(throws: SighashFailure.redeemScript(input: 0)) { try sighash.digest(input: 0) }
            #expect(throws: SighashFailure.redeemScript(input: 0)) {
                try sighash.digest(input: 0, redeemScript: [0x51])
            }
        }
        let nested = Script.p2wpkh(fixture.keyHash)
        #expect(throws: SighashFailure.redeemScript(input: 0)) {
            try Sighash(template, spent: [TxOutput(value: .zero, script: nested.asP2SH)])
                .digest(input: 0, redeemScript: nested)
        }
        #expect(throws: SighashFailure.unsupported(input: 0, .other)) {
            try Sighash(template, spent: [TxOutput(value: .zero, script: [])]).digest(input: 0)
        }
    }
}
