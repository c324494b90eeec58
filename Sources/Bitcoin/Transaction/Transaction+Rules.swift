import Primitives

/// A rule that a transaction breaks in any block, whatever the chain's state.
package enum TransactionRuleFailure: Error, Hashable, Sendable {
    /// The transaction has no inputs.
    case noInputs
    /// The transaction has no outputs.
    case noOutputs
    /// The transaction weighs more than a block may.
    case weight(UInt64)
    /// The sum of the outputs exceeds the maximum supply of bitcoin.
    case outputSum
    /// Two inputs spend the same output.
    case duplicateInput(OutPoint)
    /// An input of a transaction that is not a coinbase has the null outpoint.
    case nullInput(Int)
    /// A coinbase's script has fewer than 2 or more than 100 bytes.
    case coinbaseScript(Int)
}

extension Transaction {
    /// The size as the transaction is, signed or not.
    package var size: TransactionSize {
        var size = TransactionSize()
        for input in inputs { size.add(input) }
        for output in outputs { size.add(output: output.script) }
        return size
    }

    /// Four times the bytes outside the witness plus the bytes of the witness (BIP-0141).
    package var weight: UInt64 { size.weight }

    /// A quarter of the weight, rounded up.
    package var vsize: UInt64 { size.vsize }

    /// Checks the rules that Bitcoin applies to every transaction without looking at the chain.
    ///
    /// - Throws: ``TransactionRuleFailure`` for the first rule that is broken.
    package func checkRules() throws(TransactionRuleFailure) {
        guard !inputs.isEmpty else { throw .noInputs }
        guard !outputs.isEmpty else { throw .noOutputs }
        let size = size
        guard size.weight <= UInt64(Self.maximumByteCount) else { throw .weight(size.weight) }
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
