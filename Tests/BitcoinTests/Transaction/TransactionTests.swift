import Bitcoin
import Primitives
import TestKit
import Testing

@Suite struct TransactionTests {
    private let fixture: SpendFixture

    init() throws { fixture = try SpendFixture() }

    @Test("A transaction reads back from its encoding, with and without witness")
    func roundTrips() throws {
        for kinds in [[SpendFixture.Kind.p2tr], [.p2pkh], [.p2pkh, .p2wpkh, .p2tr]] {
            let (signed, _) = try fixture.signed(kinds)
            #expect(try Transaction(decoding: signed.encoded) == signed)
            let stripped = try Transaction(decoding: signed.strippedBytes)
            #expect(stripped.txid == signed.txid)
            #expect(stripped.strippedBytes == signed.strippedBytes)
        }
    }

    @Test("Signing changes neither the unsigned id nor, of witness inputs, the txid")
    func identities() throws {
        for kind in SpendFixture.Kind.allCases {
            let (template, _) = try fixture.template([kind])
            let (signed, _) = try fixture.signed([kind])
            #expect(signed.unsignedID == template.unsignedID)
            #expect(signed.unsignedBytes == template.encoded)
            #expect((signed.txid == template.txid) == (kind != .p2pkh))
            #expect((signed.wtxid.hash == signed.txid.hash) == (kind == .p2pkh))
        }
    }

    @Test("The vectors for the contracts, between version and lock time, are what the txid goes over")
    func vectors() throws {
        let (signed, _) = try fixture.signed([.p2pkh, .p2tr])
        let joined = [1, 0, 0, 0] + signed.inputVector + signed.outputVector + [0, 0, 0, 0]
        #expect(joined == signed.strippedBytes)
        #expect(Txid(hash256(joined)) == signed.txid)
    }

    @Test("The size as it stands is the size of the encodings")
    func size() throws {
        for kinds in [[SpendFixture.Kind.p2tr], [.p2pkh], [.p2pkh, .p2wpkh, .p2tr]] {
            let (signed, _) = try fixture.signed(kinds)
            let size = signed.size
            #expect(size.strippedSize == UInt64(signed.strippedBytes.count))
            #expect(size.strippedSize + size.witnessSize == UInt64(signed.encoded.count))
            #expect(size.weight == UInt64(3 * signed.strippedBytes.count + signed.encoded.count))
        }
    }

    @Test("The fee is what the inputs leave, and none where they do not suffice or are not all known")
    func fee() throws {
        let (transaction, spent) = try fixture.template([.p2tr, .p2tr])
        #expect(transaction.fee(spent: spent) == Satoshis(51_000))
        #expect(transaction.fee(spent: [spent[0]]) == nil)
        let little = TxOutput(value: try #require(Satoshis(24_499)), script: fixture.script(.p2tr))
        #expect(transaction.fee(spent: [little, little]) == nil)
    }

    @Test("Every truncation of a transaction is refused as truncated or impossible")
    func truncations() throws {
        let bytes = try fixture.signed([.p2pkh, .p2tr]).transaction.encoded
        for length in bytes.indices {
            #expect(throws: DecodingFailure.self, "\(length) bytes") {
                try Transaction(decoding: Bytes(bytes[..<length]))
            }
        }
    }

    @Test("A byte behind the transaction is refused")
    func trailing() throws {
        let bytes = try fixture.signed([.p2tr]).transaction.encoded
        #expect(throws: DecodingFailure.trailing(count: 1)) { try Transaction(decoding: bytes + [0]) }
    }

    @Test(
        "Lengths in a longer form than needed are refused",
        arguments: ["fdfc00", "fe0000ffff", "feffff0000", "ff0000000001000000", "ffffffffff00000000", "fd0000"])
    func longForms(_ form: String) throws {
        var reader = ByteReader(try Bytes(hex: form))
        let isCanonical = form == "fe0000ffff" || form == "ff0000000001000000"
        if isCanonical {
            var bytes = Bytes()
            bytes.append(compactSize: Int(try reader.compactSize("length")))
            #expect(bytes.hex == form)
        } else {
            #expect(throws: DecodingFailure.self) { try reader.compactSize("length") }
        }
    }

    /// A template's encoding: version, inputs, outputs, lock time.
    private func raw(inputs: String, outputs: String, marker: String = "", witness: String = "") throws -> Bytes {
        try Bytes(hex: "01000000" + marker + inputs + outputs + witness + "00000000")
    }

    private let input = String(repeating: "11", count: 32) + "00000000" + "00" + "fdffffff"
    private let output = "e803000000000000" + "0151"

    @Test("A count for which no bytes can follow is refused before anything is reserved")
    func hugeCounts() throws {
        for count in ["fdffff", "feffffff00", "ffffffffffffffff7f", "ffffffffffffffffff"] {
            #expect(throws: DecodingFailure.self) { try Transaction(decoding: Bytes(hex: "01000000" + count)) }
            #expect(throws: DecodingFailure.self) {
                try Transaction(decoding: Bytes(hex: "01000000" + "01" + input + count))
            }
            // In the script's, a witness's and a witness element's place.
            #expect(throws: DecodingFailure.self) {
                try Transaction(decoding: raw(inputs: "01" + input.prefix(72) + count, outputs: "01" + output))
            }
            for witness in [count, "01" + count] {
                #expect(throws: DecodingFailure.self) {
                    try Transaction(
                        decoding: raw(inputs: "01" + input, outputs: "01" + output, marker: "0001", witness: witness))
                }
            }
        }
        let tooLong = Bytes(repeating: 0, count: Transaction.maximumByteCount + 1)
        #expect(throws: DecodingFailure.length(field: "transaction", value: 4_000_001)) {
            try Transaction(decoding: tooLong)
        }
    }

    @Test("The form with witness needs its flag, inputs, and at least one witness")
    func witnessForm() throws {
        let inputs = "01" + input
        let outputs = "01" + output
        let whole = try raw(inputs: inputs, outputs: outputs, marker: "0001", witness: "0101aa")
        #expect(try Transaction(decoding: whole).inputs[0].witness == [[0xaa]])
        #expect(throws: DecodingFailure.value(field: "witness marker")) {
            try Transaction(decoding: raw(inputs: inputs, outputs: outputs, marker: "0001", witness: "00"))
        }
        for marker in ["0000", "0002", "00ff"] {
            #expect(throws: DecodingFailure.length(field: "inputs", value: 0)) {
                try Transaction(decoding: raw(inputs: inputs, outputs: outputs, marker: marker, witness: "0101aa"))
            }
        }
        #expect(throws: DecodingFailure.length(field: "inputs", value: 0)) {
            try Transaction(decoding: raw(inputs: "00", outputs: outputs, marker: "0001", witness: "0101aa"))
        }
    }

    @Test("Neither inputs nor outputs may be missing")
    func emptyLists() throws {
        #expect(throws: DecodingFailure.length(field: "outputs", value: 0)) {
            try Transaction(decoding: raw(inputs: "01" + input, outputs: "00"))
        }
        #expect(throws: DecodingFailure.length(field: "inputs", value: 0)) {
            try Transaction(decoding: raw(inputs: "00", outputs: "00"))
        }
    }

    @Test(
        "An amount above all the bitcoin there can be is refused",
        arguments: [("0040075af0750700", true), ("0140075af0750700", false), ("ffffffffffffffff", false)])
    func amounts(_ value: String, _ isLegal: Bool) throws {
        let bytes = try raw(inputs: "01" + input, outputs: "01" + value + "00")
        if isLegal {
            #expect(try Transaction(decoding: bytes).outputs[0].value == .maximum)
        } else {
            #expect(throws: DecodingFailure.value(field: "output value")) { try Transaction(decoding: bytes) }
        }
    }

    @Test(
        "What decodes from mutated bytes encodes to the same bytes; nothing crashes", arguments: 0..<8 as Range<UInt64>)
    func mutants(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let originals = try [[SpendFixture.Kind.p2tr], [.p2pkh, .p2wpkh], [.p2pkh]].map {
            try fixture.signed($0).transaction.encoded
        }
        var decoded = 0
        for round in 0..<1_500 {
            let mutant = generator.mutated(originals[round % originals.count])
            if let transaction = try? Transaction(decoding: mutant) {
                decoded += 1
                #expect(transaction.encoded == mutant)
            }
        }
        // Most changes hit a hash, a key or a signature, which may be any bytes.
        #expect(decoded > 100)
    }

    @Test("The rules that every transaction obeys by itself")
    func rules() throws {
        let (legal, _) = try fixture.template([.p2tr, .p2tr])
        try legal.checkRules()
        func changed(inputs: [TxInput]? = nil, outputs: [TxOutput]? = nil) -> Transaction {
            Transaction(
                version: 1, inputs: inputs ?? legal.inputs, outputs: outputs ?? legal.outputs, lockTime: 0)
        }
        #expect(throws: TransactionRuleFailure.noInputs) { try changed(inputs: []).checkRules() }
        #expect(throws: TransactionRuleFailure.noOutputs) { try changed(outputs: []).checkRules() }
        let twice = [legal.inputs[0], legal.inputs[1], legal.inputs[0]]
        #expect(throws: TransactionRuleFailure.duplicateInput(legal.inputs[0].outPoint)) {
            try changed(inputs: twice).checkRules()
        }
        let everything = TxOutput(value: .maximum, script: [])
        let one = TxOutput(value: try #require(Satoshis(1)), script: [])
        try changed(outputs: [everything]).checkRules()
        #expect(throws: TransactionRuleFailure.outputSum) { try changed(outputs: [everything, one]).checkRules() }
        let null = TxInput(outPoint: .null, scriptSig: [1, 2], sequence: 0)
        #expect(throws: TransactionRuleFailure.nullInput(1)) {
            try changed(inputs: [legal.inputs[0], null]).checkRules()
        }
        for length in [2, 100] {
            let script = Script(Bytes(repeating: 0, count: length))
            try changed(inputs: [TxInput(outPoint: .null, scriptSig: script, sequence: 0)]).checkRules()
        }
        for length in [1, 101] {
            let script = Script(Bytes(repeating: 0, count: length))
            #expect(throws: TransactionRuleFailure.coinbaseScript(length)) {
                try changed(inputs: [TxInput(outPoint: .null, scriptSig: script, sequence: 0)]).checkRules()
            }
        }
        let heavy = TxOutput(value: .zero, script: Script(Bytes(repeating: 0, count: 1_000_000)))
        #expect(throws: TransactionRuleFailure.self) { try changed(outputs: [heavy]).checkRules() }
    }

    @Test("Hashes are shown back to front, and read back without 0x only")
    func displayOrder() throws {
        let text = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"
        let txid = try Txid(display: text)
        #expect(txid.display == text)
        #expect(txid.bytes.hex == "169e1e83e930853391bc6f35f605c6754cfead57cf8387639d3b4096c54f18f4")
        #expect(throws: HexFailure.notADigit(offset: 1)) { try Txid(display: "0x" + text) }
        #expect(throws: HexFailure.wrongLength(expected: 32, actual: 31)) { try Txid(display: text.dropLast(2)) }
        #expect("\(OutPoint(txid: txid, index: 7))" == text + ":7")
    }
}
