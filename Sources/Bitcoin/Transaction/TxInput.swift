package import Primitives

/// An input: the output it spends, and the script and witness that unlock it.
package struct TxInput: Hashable, Sendable {
    /// The length of the shortest encoding: outpoint, an empty script, sequence.
    static let minimumSize = 41

    /// The output that is spent.
    package let outPoint: OutPoint
    /// The unlocking script; empty where the witness unlocks, and in a template.
    package let scriptSig: Script
    /// The sequence number (BIP-0068, BIP-0125).
    package let sequence: UInt32
    /// The witness elements, bottom of the stack first; empty where the script unlocks, and in a template.
    package let witness: [Bytes]

    /// Makes an input; without script and witness it is a template's.
    package init(outPoint: OutPoint, scriptSig: Script = [], sequence: UInt32, witness: [Bytes] = []) {
        self.outPoint = outPoint
        self.scriptSig = scriptSig
        self.sequence = sequence
        self.witness = witness
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        outPoint = try OutPoint(from: &reader)
        scriptSig = Script(try reader.lengthPrefixed("input script"))
        sequence = try reader.littleEndian(UInt32.self)
        witness = []
    }

    func append(to bytes: inout Bytes, withScript: Bool = true) {
        bytes.append(contentsOf: outPoint.encoded)
        bytes.append(lengthPrefixed: withScript ? scriptSig.bytes : [])
        bytes.append(littleEndian: sequence)
    }

    func appendWitness(to bytes: inout Bytes) {
        bytes.append(compactSize: witness.count)
        for element in witness { bytes.append(lengthPrefixed: element) }
    }

    /// The same input with another witness.
    func replacing(witness: [Bytes]) -> TxInput {
        TxInput(outPoint: outPoint, scriptSig: scriptSig, sequence: sequence, witness: witness)
    }

    /// The same input with another unlocking.
    func unlocked(by unlocking: Unlocking) -> TxInput {
        TxInput(
            outPoint: outPoint, scriptSig: unlocking.scriptSig, sequence: sequence, witness: unlocking.witness)
    }

    var size: Int { OutPoint.byteCount + compactSizeLength(scriptSig.bytes.count) + scriptSig.bytes.count + 4 }

    var witnessSize: Int {
        witness.reduce(compactSizeLength(witness.count)) { $0 + compactSizeLength($1.count) + $1.count }
    }
}
