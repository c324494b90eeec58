package import Primitives
package import Secp256k1

/// The reason for which a spend is not accepted.
package enum SpendFailure: Error, Hashable, Sendable {
    /// The transaction breaks a rule that holds in every block.
    case rules(TransactionRuleFailure)
    /// The number of spent outputs is not the number of inputs.
    case spentOutputCount(inputs: Int, outputs: Int)
    /// The outputs exceed the inputs.
    case fee
    /// The input spends an output of a kind that this check does not support. The spend may be valid; it is not
    /// accepted.
    case unsupported(input: Int, Script.Kind)
    /// The form is not supported: another sighash type, an annex, the script path, an uncompressed key, or longer
    /// pushes. A spend of this form may be valid; it is not accepted.
    case unsupportedForm(input: Int)
    /// The unlocking script does not have the one form that belongs to the kind.
    case scriptSig(input: Int)
    /// The witness does not have the one form that belongs to the kind.
    case witness(input: Int)
    /// The signature does not have its one encoding: strict DER with low s, or 64 bytes and a type.
    case signatureEncoding(input: Int)
    /// The key is not a point of the curve, or its hash is not the one in the output.
    case key(input: Int)
    /// The signature does not verify.
    case signature(input: Int)
}

/// Checks that each input of a transaction is unlocked as its output demands.
///
/// It supports the kinds of input that our wallets spend to their own key: P2TR by key path, P2WPKH and P2PKH. It
/// accepts fewer spends than Bitcoin does, and no spend that Bitcoin refuses. Every other form is refused by its own
/// case.
package enum SpendVerifier {
    /// Checks the whole transaction: its own rules, its amounts, and the unlocking of every input. The spent outputs
    /// are given in input order. Returns the fee. P2TR signatures are verified by `schnorr`.
    ///
    /// - Throws: ``SpendFailure`` for the first check that fails.
    @discardableResult
    package static func verify(
        _ transaction: Transaction, spent: [TxOutput], schnorr: any SchnorrVerification = CurveVerification()
    ) throws(SpendFailure) -> Satoshis {
        do {
            try transaction.checkRules()
        } catch {
            throw .rules(error)
        }
        let digests = try digests(transaction, spent)
        guard let fee = transaction.fee(spent: spent) else { throw .fee }
        for index in transaction.inputs.indices { try verify(input: index, digests, schnorr) }
        return fee
    }

    /// Checks the unlocking of one input. The spent outputs are given in input order.
    ///
    /// - Throws: ``SpendFailure`` if there is not one output for each input, or the unlocking is not accepted.
    package static func verify(
        _ transaction: Transaction, input index: Int, spent: [TxOutput],
        schnorr: any SchnorrVerification = CurveVerification()
    ) throws(SpendFailure) {
        precondition(transaction.inputs.indices.contains(index), "the caller names an input of the transaction")
        try verify(input: index, try digests(transaction, spent), schnorr)
    }

    private static func digests(
        _ transaction: Transaction, _ spent: [TxOutput]
    ) throws(SpendFailure) -> Sighash {
        do {
            return try Sighash(transaction, spent: spent)
        } catch {
            throw .spentOutputCount(inputs: transaction.inputs.count, outputs: spent.count)
        }
    }

    private static func verify(
        input index: Int, _ digests: Sighash, _ schnorr: any SchnorrVerification
    ) throws(SpendFailure) {
        let script = digests.spentOutputs[index].script
        switch script.kind {
        case .p2tr: try verifyKeyPath(index, digests, outputKey: script.bytes.suffix(Hash32.byteCount), schnorr)
        case .p2wpkh, .p2pkh:
            guard let keyHash = script.publicKeyHash else { preconditionFailure("both kinds have a key hash") }
            let elements =
                script.kind == .p2wpkh ? try witnessElements(index, digests) : try pushedElements(index, digests)
            try verifyECDSA(index, digests, elements, keyHash)
        case .p2sh, .p2wsh, .other: throw .unsupported(input: index, script.kind)
        }
    }

    /// Verifies a BIP-0341 key path spend: the witness has one element, and an annex is not accepted.
    private static func verifyKeyPath(
        _ index: Int, _ digests: Sighash, outputKey: ArraySlice<UInt8>, _ schnorr: any SchnorrVerification
    ) throws(SpendFailure) {
        let input = digests.transaction.inputs[index]
        guard input.scriptSig.bytes.isEmpty else { throw .scriptSig(input: index) }
        guard let element = input.witness.first else { throw .witness(input: index) }
        guard input.witness.count == 1 else { throw .unsupportedForm(input: index) }
        guard let signature = SchnorrSignature(element.prefix(SchnorrSignature.byteCount)),
            let type = sighash(of: element)
        else { throw .signatureEncoding(input: index) }
        guard let x = Hash32(outputKey), let key = XOnlyPublicKey(x) else { throw .key(input: index) }
        let message: Hash32
        do {
            message = try digests.taprootDigest(input: index, type: type)
        } catch {
            // Only `single` without an output at its position fails here. No signature is valid for it.
            throw .signature(input: index)
        }
        guard schnorr.verifies(signature, message: message, key: key) else { throw .signature(input: index) }
    }

    /// The sighash type of a signature: 64 bytes mean `default`, and a 65th byte names any other type, so that a
    /// signature has only one encoding.
    private static func sighash(of element: Bytes) -> TaprootSighashType? {
        switch element.count {
        case SchnorrSignature.byteCount: return .default
        case SchnorrSignature.byteCount + 1:
            let type = TaprootSighashType(rawValue: element[SchnorrSignature.byteCount])
            return type == .default ? nil : type
        default: return nil
        }
    }

    private static func witnessElements(_ index: Int, _ digests: Sighash) throws(SpendFailure) -> [Bytes] {
        let input = digests.transaction.inputs[index]
        guard input.scriptSig.bytes.isEmpty else { throw .scriptSig(input: index) }
        guard input.witness.count == 2 else { throw .witness(input: index) }
        return input.witness
    }

    private static func pushedElements(_ index: Int, _ digests: Sighash) throws(SpendFailure) -> [Bytes] {
        let input = digests.transaction.inputs[index]
        guard input.witness.isEmpty else { throw .witness(input: index) }
        guard !input.scriptSig.bytes.isEmpty else { throw .scriptSig(input: index) }
        guard let elements = input.scriptSig.directPushes, elements.count == 2 else {
            throw .unsupportedForm(input: index)
        }
        return elements
    }

    private static func verifyECDSA(
        _ index: Int, _ digests: Sighash, _ elements: [Bytes], _ keyHash: Hash20
    ) throws(SpendFailure) {
        guard hash160(elements[1]) == keyHash else { throw .key(input: index) }
        guard elements[1].count == CurvePoint.compressedCount else { throw .unsupportedForm(input: index) }
        guard let key = CurvePoint(compressed: elements[1]) else { throw .key(input: index) }
        guard let type = elements[0].last else { throw .signatureEncoding(input: index) }
        guard type == Sighash.ecdsaAll else { throw .unsupportedForm(input: index) }
        let signature: ECDSASignature
        do {
            signature = try ECDSASignature(der: elements[0].dropLast())
        } catch {
            throw .signatureEncoding(input: index)
        }
        let digest: Hash32
        do {
            digest = try digests.digest(input: index)
        } catch {
            preconditionFailure("both kinds have a digest without redeem script: \(error)")
        }
        guard signature.verifies(digest: digest, key: key) else { throw .signature(input: index) }
    }
}
