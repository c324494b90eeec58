package import Primitives

/// A Bitcoin transaction, signed or not.
///
/// A value made by the initialiser is whatever it was given; one that was decoded has the form of a transaction.
/// ``checkRules()`` tells the rest of what Bitcoin demands of every transaction by itself.
package struct Transaction: Hashable, Sendable {
    /// The version; 1 in ours.
    package let version: UInt32
    /// What is spent, in order.
    package let inputs: [TxInput]
    /// What is made, in order.
    package let outputs: [TxOutput]
    /// The first height or time at which the transaction may be mined; 0 in ours.
    package let lockTime: UInt32
    /// The identity: `hash256` without witness.
    ///
    /// Of a template with P2PKH or P2SH inputs it is not the txid of the signed transaction, whose input scripts it
    /// would have to cover; see ``unsignedID``.
    package internal(set) var txid = Txid(.zero)

    /// Puts a transaction together.
    package init(version: UInt32, inputs: [TxInput], outputs: [TxOutput], lockTime: UInt32) {
        self.version = version
        self.inputs = inputs
        self.outputs = outputs
        self.lockTime = lockTime
        txid = Txid(hash256(strippedBytes))
    }

    /// The identity together with the witness.
    package var wtxid: Wtxid { Wtxid(hash256(encoded)) }

    /// The template digest: `hash256` without witness and with empty input scripts, the same before and after every
    /// signing (wallet-actions.md §5.1). Internal byte order.
    package var unsignedID: Hash32 { hash256(encoded(scripts: false, witness: false)) }

    /// Whether the transaction makes new coins: its only input spends nothing.
    package var isCoinbase: Bool { inputs.count == 1 && inputs[0].outPoint == .null }

    /// Whether any input has a witness.
    package var hasWitness: Bool { inputs.contains { !$0.witness.isEmpty } }

    /// The fee: inputs less outputs, given the outputs spent, in input order; nil where their number differs, an
    /// amount overflows or the outputs exceed the inputs.
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
