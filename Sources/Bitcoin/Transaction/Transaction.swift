package import Primitives

/// A Bitcoin transaction, signed or not.
///
/// The initialiser from fields checks nothing. A decoded transaction has the form of a transaction. ``checkRules()``
/// checks the other rules that Bitcoin applies to every transaction by itself.
package struct Transaction: Hashable, Sendable {
    /// The version; 1 in our transactions.
    package let version: UInt32
    /// The inputs, in order.
    package let inputs: [TxInput]
    /// The outputs, in order.
    package let outputs: [TxOutput]
    /// The first height or time at which the transaction may be mined; 0 in our transactions.
    package let lockTime: UInt32
    /// The identity: `hash256` of the serialisation without witness.
    ///
    /// In a template with P2PKH or P2SH inputs it differs from the txid of the signed transaction, because the txid
    /// covers the input scripts; see ``unsignedID``.
    package internal(set) var txid = Txid(.zero)

    /// Makes a transaction from its fields.
    package init(version: UInt32, inputs: [TxInput], outputs: [TxOutput], lockTime: UInt32) {
        self.version = version
        self.inputs = inputs
        self.outputs = outputs
        self.lockTime = lockTime
        txid = Txid(hash256(strippedBytes))
    }

    /// The identity of the transaction together with its witness.
    package var wtxid: Wtxid { Wtxid(hash256(encoded)) }

    /// The template digest: `hash256` of the serialisation without witness and with empty input scripts. It is the same
    /// before and after signing (wallet-actions.md §5.1). Internal byte order.
    package var unsignedID: Hash32 { hash256(encoded(scripts: false, witness: false)) }

    /// Whether the transaction is a coinbase: its only input has the null outpoint.
    package var isCoinbase: Bool { inputs.count == 1 && inputs[0].outPoint == .null }

    /// Whether any input has a witness.
    package var hasWitness: Bool { inputs.contains { !$0.witness.isEmpty } }

    /// The fee: inputs less outputs, given the spent outputs in input order. Nil if their number differs, an amount
    /// overflows or the outputs exceed the inputs.
    package func fee(spent: [TxOutput]) -> Satoshis? {
        guard spent.count == inputs.count, let total = Satoshis.sum(spent.map(\.value)),
            let made = Satoshis.sum(outputs.map(\.value))
        else { return nil }
        return total.subtracting(made)
    }

    /// The same transaction with every input unlocked, in input order.
    package func unlocked(by unlockings: [Unlocking]) -> Transaction {
        precondition(unlockings.count == inputs.count, "the caller unlocks each input once")
        return Transaction(
            version: version, inputs: zip(inputs, unlockings).map { $0.unlocked(by: $1) }, outputs: outputs,
            lockTime: lockTime)
    }
}
