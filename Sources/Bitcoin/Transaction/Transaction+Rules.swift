import Primitives

/// Why a transaction can be in no block, whatever the chain.
package enum TransactionRuleFailure: Error, Hashable, Sendable {
    /// It has no inputs.
    case noInputs
    /// It has no outputs.
    case noOutputs
    /// It weighs more than a block may.
    case weight(Int)
    /// Its outputs are more than all the bitcoin there can be.
    case outputSum
    /// Two inputs spend the same output.
    case duplicateInput(OutPoint)
    /// An input that is not a coinbase's spends nothing.
    case nullInput(Int)
    /// A coinbase's script has fewer than 2 or more than 100 bytes.
    case coinbaseScript(Int)
}

extension Transaction {
    /// The most that a transaction may weigh to be relayed (wallet-actions.md §6).
    package static let standardWeightLimit = 400_000
    /// The fewest bytes without witness that a transaction may have to be relayed: one of 64 could pass for an inner
    /// node of a merkle tree (wallet-actions.md §6).
    package static let standardMinimumSize = 65

    /// The bytes without witness.
    package var strippedSize: Int {
        let inputBytes = inputs.reduce(compactSizeLength(inputs.count)) { $0 + $1.size }
        return outputs.reduce(8 + inputBytes + compactSizeLength(outputs.count)) { $0 + $1.size }
    }

    /// The bytes that only the form with witness has: marker, flag and the witness of each input.
    var witnessSize: Int { hasWitness ? inputs.reduce(2) { $0 + $1.witnessSize } : 0 }

    /// Four times the bytes without witness, and the bytes of the witness (BIP-0141).
    package var weight: Int { 4 * strippedSize + witnessSize }

    /// A quarter of the weight, rounded up.
    package var vsize: Int { (weight + 3) / 4 }

    /// Whether nodes relay a transaction of this size (wallet-actions.md §6).
    package var hasStandardSize: Bool {
        strippedSize >= Self.standardMinimumSize && weight <= Self.standardWeightLimit
    }

    /// Checks what Bitcoin demands of every transaction without looking at the chain.
    package func checkRules() throws(TransactionRuleFailure) {
        guard !inputs.isEmpty else { throw .noInputs }
        guard !outputs.isEmpty else { throw .noOutputs }
        guard 4 * strippedSize <= Self.maximumByteCount else { throw .weight(weight) }
        guard Satoshis.sum(outputs.map(\.value)) != nil else { throw .outputSum }
        var spent = Set<OutPoint>()
        for input in inputs where !spent.insert(input.outPoint).inserted { throw .duplicateInput(input.outPoint) }
        if isCoinbase {
            let length = inputs[0].scriptSig.bytes.count
            guard (2...100).contains(length) else { throw .coinbaseScript(length) }
        } else if let index = inputs.firstIndex(where: { $0.outPoint == .null }) {
            throw .nullInput(index)
        }
    }
}
