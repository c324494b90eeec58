/// The size that a transaction will have once signed, as every operator estimates it (wallet-actions.md §6).
package struct TransactionSize: Hashable, Sendable {
    /// The bytes outside the witness.
    package let strippedSize: Int
    /// The bytes of marker, flag and witness; 0 where no input has a witness.
    package let witnessSize: Int

    /// Estimates from the kinds of input and the output scripts, with signatures of 72 bytes and keys of 33.
    package init(inputs: [InputKind], outputs: [Script]) {
        var stripped = 8 + compactSizeLength(inputs.count) + compactSizeLength(outputs.count)
        for input in inputs { stripped += input.size }
        for output in outputs { stripped += 8 + compactSizeLength(output.bytes.count) + output.bytes.count }
        strippedSize = stripped
        witnessSize = inputs.contains(where: \.hasWitness) ? inputs.reduce(2) { $0 + $1.witnessSize } : 0
    }

    /// Four times the bytes outside the witness, and those of the witness.
    package var weight: Int { 4 * strippedSize + witnessSize }

    /// A quarter of the weight, rounded up.
    package var vsize: Int { (weight + 3) / 4 }

    /// Whether nodes relay a transaction of this size.
    package var isStandard: Bool {
        strippedSize >= Transaction.standardMinimumSize && weight <= Transaction.standardWeightLimit
    }
}
