package import Primitives

extension Transaction {
    /// The maximum length of a transaction in bytes. A block weighs at most this much, and each byte weighs at least 1.
    package static let maximumByteCount = 4_000_000

    /// Decodes exactly one transaction, with or without witness (BIP-0144).
    ///
    /// No count reserves memory for more than the bytes that follow can hold.
    ///
    /// - Throws: ``DecodingFailure`` for more than ``maximumByteCount`` bytes, bytes missing or left over, lengths not
    ///   in their shortest form, no inputs or outputs, a witness marker without any witness, and amounts above
    ///   21·10^14.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        guard bytes.count <= Self.maximumByteCount else {
            throw .length(field: "transaction", value: UInt64(bytes.count))
        }
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }

    /// Decodes a transaction that other bytes follow, as in a block.
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        version = try reader.littleEndian(UInt32.self)
        var count = try reader.count("inputs", itemSize: 1)
        let hasWitness = count == 0
        if hasWitness {
            // A count of zero inputs is the marker of the form with witness. Its flag must follow.
            guard try reader.byte() == 1 else { throw .length(field: "inputs", value: 0) }
            count = try reader.count("inputs", itemSize: TxInput.minimumSize)
            guard count > 0 else { throw .length(field: "inputs", value: 0) }
        } else if count > reader.remaining / TxInput.minimumSize {
            throw .length(field: "inputs", value: UInt64(count))
        }
        var inputs: [TxInput] = []
        inputs.reserveCapacity(count)
        for _ in 0..<count { inputs.append(try TxInput(from: &reader)) }

        count = try reader.count("outputs", itemSize: TxOutput.minimumSize)
        guard count > 0 else { throw .length(field: "outputs", value: 0) }
        var outputs: [TxOutput] = []
        outputs.reserveCapacity(count)
        for _ in 0..<count { outputs.append(try TxOutput(from: &reader)) }

        if hasWitness {
            for index in inputs.indices {
                let elements = try reader.count("witness", itemSize: 1)
                guard elements > 0 else { continue }
                var witness: [Bytes] = []
                for _ in 0..<elements { witness.append(try reader.lengthPrefixed("witness element")) }
                inputs[index] = inputs[index].replacing(witness: witness)
            }
            // The marker states that a witness has at least one element. This keeps one encoding for a transaction.
            guard inputs.contains(where: { !$0.witness.isEmpty }) else { throw .value(field: "witness marker") }
        }
        self.inputs = inputs
        self.outputs = outputs
        lockTime = try reader.littleEndian(UInt32.self)
        txid = Txid(hash256(strippedBytes))
    }

    /// The serialisation, with witness if any input has one (BIP-0144).
    package var encoded: Bytes { encoded(scripts: true, witness: true) }

    /// The serialisation without witness. The txid is its hash.
    package var strippedBytes: Bytes { encoded(scripts: true, witness: false) }

    /// The serialisation without witness and with empty input scripts. The unsigned id is its hash.
    package var unsignedBytes: Bytes { encoded(scripts: false, witness: false) }

    /// The inputs with their count in front and without witness, as the contracts take them (contracts.md §1.3).
    package var inputVector: Bytes {
        var bytes = Bytes()
        appendInputs(to: &bytes, scripts: true)
        return bytes
    }

    /// The outputs with their count in front, as the contracts take them (contracts.md §1.3).
    package var outputVector: Bytes {
        var bytes = Bytes()
        appendOutputs(to: &bytes)
        return bytes
    }

    func encoded(scripts: Bool, witness: Bool) -> Bytes {
        let withWitness = witness && hasWitness
        var bytes = Bytes()
        let size = size
        bytes.reserveCapacity(Int(withWitness ? size.strippedSize + size.witnessSize : size.strippedSize))
        bytes.append(littleEndian: version)
        if withWitness { bytes += [0, 1] }
        appendInputs(to: &bytes, scripts: scripts)
        appendOutputs(to: &bytes)
        if withWitness { for input in inputs { input.appendWitness(to: &bytes) } }
        bytes.append(littleEndian: lockTime)
        return bytes
    }

    private func appendInputs(to bytes: inout Bytes, scripts: Bool) {
        bytes.append(compactSize: inputs.count)
        for input in inputs { input.append(to: &bytes, withScript: scripts) }
    }

    private func appendOutputs(to bytes: inout Bytes) {
        bytes.append(compactSize: outputs.count)
        for output in outputs { output.append(to: &bytes) }
    }
}
