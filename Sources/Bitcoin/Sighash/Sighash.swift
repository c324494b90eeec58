package import Primitives
import Secp256k1

/// A failure to compute the digest that an input's signature signs.
package enum SighashFailure: Error, Hashable, Sendable {
    /// The number of spent outputs is not the number of inputs.
    case spentOutputCount(inputs: Int, outputs: Int)
    /// The transaction has no such input.
    case noInput(Int)
    /// The type is `SIGHASH_SINGLE`, and the transaction has no output at the input's position (BIP-0341).
    case noMatchingOutput(input: Int)
    /// The input spends an output of a kind that we do not sign for.
    case unsupported(input: Int, Script.Kind)
    /// The redeem script is missing, is given for a kind that takes none, or does not match the output.
    case redeemScript(input: Int)
}

/// The sighash type of a taproot signature (BIP-0341). `default` has no byte and signs the same data as `all`.
package enum TaprootSighashType: UInt8, CaseIterable, Hashable, Sendable {
    case `default` = 0x00
    case all = 0x01
    case none = 0x02
    case single = 0x03
    case allAnyoneCanPay = 0x81
    case noneAnyoneCanPay = 0x82
    case singleAnyoneCanPay = 0x83

    fileprivate var anyoneCanPay: Bool { rawValue & 0x80 != 0 }

    fileprivate var outputs: Outputs {
        switch self {
        case .default, .all, .allAnyoneCanPay: .all
        case .none, .noneAnyoneCanPay: .none
        case .single, .singleAnyoneCanPay: .single
        }
    }

    fileprivate enum Outputs { case all, none, single }
}

/// Computes the digests of one transaction's inputs. The parts that the inputs share are hashed once.
///
/// Each digest has its preimage: a record keeps the preimage of everything it signs (wallet-actions.md §12).
package struct Sighash: Sendable {
    /// The sighash byte of an ECDSA signature over all inputs and all outputs. We sign with and accept no other type.
    package static let ecdsaAll: UInt8 = 1

    /// The transaction that is signed.
    package let transaction: Transaction
    /// The outputs that it spends, in input order.
    package let spentOutputs: [TxOutput]

    // Single SHA-256 each, as BIP-0341 defines them; BIP-0143 hashes three of them once more.
    let prevouts: Hash32
    let amounts: Hash32
    let scriptPubKeys: Hash32
    let sequences: Hash32
    let outputs: Hash32

    /// Prepares the digests of a transaction, given the outputs it spends in input order.
    ///
    /// - Throws: ``SighashFailure/spentOutputCount(inputs:outputs:)`` if there is not one output for each input.
    package init(_ transaction: Transaction, spent spentOutputs: [TxOutput]) throws(SighashFailure) {
        guard spentOutputs.count == transaction.inputs.count else {
            throw .spentOutputCount(inputs: transaction.inputs.count, outputs: spentOutputs.count)
        }
        self.transaction = transaction
        self.spentOutputs = spentOutputs
        var prevouts = Bytes()
        var sequences = Bytes()
        for input in transaction.inputs {
            prevouts += input.outPoint.encoded
            sequences.append(littleEndian: input.sequence)
        }
        var amounts = Bytes()
        var scriptPubKeys = Bytes()
        for spent in spentOutputs {
            amounts.append(littleEndian: spent.value.rawValue)
            scriptPubKeys.append(lengthPrefixed: spent.script.bytes)
        }
        var outputs = Bytes()
        for output in transaction.outputs { output.append(to: &outputs) }
        self.prevouts = sha256(prevouts)
        self.amounts = sha256(amounts)
        self.scriptPubKeys = sha256(scriptPubKeys)
        self.sequences = sha256(sequences)
        self.outputs = sha256(outputs)
    }

    /// The digest of one input, for a transaction with one input. For more inputs, ``Sighash/init(_:spent:)`` hashes
    /// the shared parts once.
    ///
    /// - Throws: As ``init(_:spent:)`` and ``digest(input:redeemScript:)`` do.
    package static func digest(
        of transaction: Transaction, input index: Int, spent: [TxOutput], redeemScript: Script? = nil
    ) throws(SighashFailure) -> Hash32 {
        try Sighash(transaction, spent: spent).digest(input: index, redeemScript: redeemScript)
    }

    /// The digest of an input by the kind of output it spends (wallet-actions.md §5.1, §16): BIP-0341 `default` for
    /// P2TR, BIP-0143 `ALL` for P2WPKH and P2WSH, legacy `ALL` for P2PKH and P2SH. P2WSH and P2SH need the redeem
    /// script; the other kinds take none. A witness program within P2SH is not accepted.
    ///
    /// - Throws: ``SighashFailure`` for an input that does not exist, an output of another kind, or a redeem script
    ///   that does not match the output.
    package func digest(input index: Int, redeemScript: Script? = nil) throws(SighashFailure) -> Hash32 {
        let preimage = try preimage(input: index, redeemScript: redeemScript)
        return spentOutputs[index].script.kind == .p2tr ? Tag.tapSighash.hash(preimage) : hash256(preimage)
    }

    /// The preimage of an input's digest. The digest is its `TapSighash` hash for P2TR, else its `hash256`.
    ///
    /// - Throws: As ``digest(input:redeemScript:)`` does.
    package func preimage(input index: Int, redeemScript: Script? = nil) throws(SighashFailure) -> Bytes {
        try check(index)
        let script = spentOutputs[index].script
        let kind = script.kind
        switch (kind, redeemScript) {
        case (.p2tr, nil): return try taprootMessage(input: index)
        case (.p2wpkh, nil):
            guard let keyHash = script.publicKeyHash else { preconditionFailure("P2WPKH scripts have a key hash") }
            return try witnessPreimage(input: index, scriptCode: .p2pkh(keyHash))
        case (.p2pkh, nil): return try legacyPreimage(input: index, scriptCode: script)
        case (.p2wsh, let redeem?) where redeem.asP2WSH == script:
            return try witnessPreimage(input: index, scriptCode: redeem)
        // A witness program in P2SH is a different kind of spend, with a different digest.
        case (.p2sh, let redeem?) where redeem.asP2SH == script && redeem.witnessProgram == nil:
            return try legacyPreimage(input: index, scriptCode: redeem)
        case (.other, _): throw .unsupported(input: index, kind)
        case (.p2tr, _), (.p2wpkh, _), (.p2pkh, _), (.p2wsh, _), (.p2sh, _): throw .redeemScript(input: index)
        }
    }

    /// The BIP-0143 preimage of a version 0 witness input, sighash type `ALL`.
    ///
    /// - Throws: ``SighashFailure/noInput(_:)`` if the transaction has no such input.
    package func witnessPreimage(input index: Int, scriptCode: Script) throws(SighashFailure) -> Bytes {
        try check(index)
        let input = transaction.inputs[index]
        var bytes = Bytes()
        bytes.append(littleEndian: transaction.version)
        bytes.append(sha256(prevouts.bytes))
        bytes.append(sha256(sequences.bytes))
        bytes += input.outPoint.encoded
        bytes.append(lengthPrefixed: scriptCode.bytes)
        bytes.append(littleEndian: spentOutputs[index].value.rawValue)
        bytes.append(littleEndian: input.sequence)
        bytes.append(sha256(outputs.bytes))
        bytes.append(littleEndian: transaction.lockTime)
        bytes.append(littleEndian: UInt32(Self.ecdsaAll))
        return bytes
    }

    /// The legacy preimage of an input, sighash type `ALL`: the transaction with the script code in the input's place
    /// and all other input scripts empty. The script code must not contain `OP_CODESEPARATOR`; our scripts do not.
    ///
    /// - Throws: ``SighashFailure/noInput(_:)`` if the transaction has no such input.
    package func legacyPreimage(input index: Int, scriptCode: Script) throws(SighashFailure) -> Bytes {
        try check(index)
        let inputs = transaction.inputs.enumerated().map { position, input in
            TxInput(
                outPoint: input.outPoint, scriptSig: position == index ? scriptCode : [],
                sequence: input.sequence)
        }
        var bytes = Transaction(
            version: transaction.version, inputs: inputs, outputs: transaction.outputs, lockTime: transaction.lockTime
        ).strippedBytes
        bytes.append(littleEndian: UInt32(Self.ecdsaAll))
        return bytes
    }

    /// The BIP-0341 message of a key path input without annex, with the epoch byte in front.
    ///
    /// - Throws: ``SighashFailure`` if the transaction has no such input or, for `single`, no output at its position.
    package func taprootMessage(
        input index: Int, type: TaprootSighashType = .default
    ) throws(SighashFailure) -> Bytes {
        try check(index)
        let input = transaction.inputs[index]
        var bytes: Bytes = [0, type.rawValue]
        bytes.append(littleEndian: transaction.version)
        bytes.append(littleEndian: transaction.lockTime)
        if !type.anyoneCanPay {
            for hash in [prevouts, amounts, scriptPubKeys, sequences] { bytes.append(hash) }
        }
        if type.outputs == .all { bytes.append(outputs) }
        // Spend type: key path, no annex.
        bytes.append(0)
        if type.anyoneCanPay {
            bytes += input.outPoint.encoded
            spentOutputs[index].append(to: &bytes)
            bytes.append(littleEndian: input.sequence)
        } else {
            bytes.append(littleEndian: UInt32(index))
        }
        if type.outputs == .single {
            guard transaction.outputs.indices.contains(index) else { throw .noMatchingOutput(input: index) }
            bytes.append(sha256(transaction.outputs[index].encoded))
        }
        return bytes
    }

    /// The BIP-0341 digest of a key path input without annex.
    ///
    /// - Throws: As ``taprootMessage(input:type:)`` does.
    package func taprootDigest(
        input index: Int, type: TaprootSighashType = .default
    ) throws(SighashFailure) -> Hash32 {
        Tag.tapSighash.hash(try taprootMessage(input: index, type: type))
    }

    private func check(_ index: Int) throws(SighashFailure) {
        guard transaction.inputs.indices.contains(index) else { throw .noInput(index) }
    }
}
