/// The size of a transaction: estimated before it is signed, in the way that every operator uses (wallet-actions.md
/// §6), or of the transaction as it is.
package struct TransactionSize: Hashable, Sendable {
    /// The maximum weight of a transaction that nodes relay.
    package static let standardWeightLimit: UInt64 = 400_000
    /// The minimum size without witness of a transaction that nodes relay. A transaction of 64 bytes could pass for an
    /// inner node of a merkle tree.
    package static let standardMinimumSize: UInt64 = 65

    private var inputCount = 0
    private var outputCount = 0
    private var inputBytes = 0
    private var outputBytes = 0
    private var witnessBytes = 0
    private var hasWitness = false

    /// Starts with neither inputs nor outputs.
    package init() {}

    /// Estimates the size from the kinds of input and the output scripts, with signatures of 72 bytes and keys of 33.
    package init(inputs: [InputKind], outputs: [Script]) {
        for input in inputs { add(input: input) }
        for output in outputs { add(output: output) }
    }

    /// Adds an input with the size that it will have once signed.
    package mutating func add(input kind: InputKind) {
        add(bytes: kind.size, witness: kind.witnessSize, unlocks: kind.hasWitness)
    }

    /// Adds an input that will spend an output of this script to the wallet's own key: P2TR, P2WPKH or P2PKH.
    package mutating func add(input script: Script) {
        guard let kind = InputKind(spending: script) else {
            preconditionFailure("the caller names an output to a key; what redeems a script has a length of its own")
        }
        add(input: kind)
    }

    /// Adds an input with the size that it has now.
    mutating func add(_ input: TxInput) {
        add(bytes: input.size, witness: input.witnessSize, unlocks: !input.witness.isEmpty)
    }

    /// Adds an output.
    package mutating func add(output script: Script) {
        outputCount += 1
        outputBytes += 8 + compactSizeLength(script.bytes.count) + script.bytes.count
    }

    /// The size without witness: version, lock time, and inputs and outputs with their counts.
    package var strippedSize: UInt64 {
        UInt64(8 + compactSizeLength(inputCount) + inputBytes + compactSizeLength(outputCount) + outputBytes)
    }

    /// The size of marker, flag and the witness of every input; 0 if no input has a witness.
    package var witnessSize: UInt64 { hasWitness ? UInt64(2 + witnessBytes) : 0 }

    /// Four times the bytes outside the witness plus the bytes of the witness (BIP-0141).
    package var weight: UInt64 { 4 * strippedSize + witnessSize }

    /// A quarter of the weight, rounded up.
    package var vsize: UInt64 { (weight + 3) / 4 }

    /// Whether nodes relay a transaction of this size.
    package var isStandard: Bool {
        strippedSize >= Self.standardMinimumSize && weight <= Self.standardWeightLimit
    }

    private mutating func add(bytes: Int, witness: Int, unlocks: Bool) {
        inputCount += 1
        inputBytes += bytes
        witnessBytes += witness
        hasWitness = hasWitness || unlocks
    }
}
