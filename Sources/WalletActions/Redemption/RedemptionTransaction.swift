package import Bitcoin
package import Primitives

/// The transaction of a redemption, determined by the main UTXO, the requests in order and the fee (wallet-actions.md
/// §5.3): one input; the change first, if any; then the requests.
package struct RedemptionTransaction: Hashable, Sendable {
    /// A request as the transaction pays it.
    package struct Payment: Hashable, Sendable {
        package let script: Script
        /// Requested amount less treasury fee, in satoshi.
        package let redeemable: UInt64

        /// Describes a request.
        package init(script: Script, redeemable: UInt64) {
            self.script = script
            self.redeemable = redeemable
        }
    }

    /// The remainder of the main UTXO.
    package enum Change: Hashable, Sendable {
        /// An output to the wallet.
        case output(UInt64)
        /// No output: the change is zero, or dust that goes to the miners.
        case absorbed(UInt64)

        /// The amount that goes to the miners besides the fee.
        package var absorbedValue: UInt64 {
            switch self {
            case .output: 0
            case .absorbed(let value): value
            }
        }
    }

    /// The reason that the transaction cannot be built.
    package enum Failure: Error, Hashable, Sendable {
        /// The requests are worth more than the main UTXO.
        case value(redeemable: UInt64, mainUTXO: UInt64)
        /// Fee and absorbed change together exceed the limit.
        case fee(UInt64, limit: UInt64)
        /// An output would be zero: the request's share of the fee uses it up.
        case output(redeemable: UInt64, share: UInt64)
        /// The fee or change is not a possible amount.
        case amount(UInt64)
    }

    package let change: Change
    /// Each request's share of the fee; the last also includes the remainder.
    package let shares: [UInt64]
    package let unsigned: Transaction
    /// The size, estimated by the size rules with real inputs.
    package let size: TransactionSize

    /// Builds the transaction. `feeLimit` is the Bridge's limit for one transaction; it also covers the absorbed
    /// change.
    ///
    /// - Throws: ``Failure`` for the first rule that the amounts break.
    package init(
        wallet: WalletIdentity, utxo: MainUTXO, payments: [Payment], fee: UInt64, feeLimit: UInt64, version: UInt64,
        sequence: UInt64
    ) throws(Failure) {
        change = try Self.change(wallet: wallet, utxo: utxo, redeemables: payments.map(\.redeemable))
        let lost = fee.addingSaturating(change.absorbedValue)
        guard lost <= feeLimit else { throw .fee(lost, limit: feeLimit) }
        shares = Self.shares(fee: fee, count: payments.count)
        guard shares.count == payments.count else { throw .amount(fee) }
        var outputs: [TxOutput] = []
        if case .output(let left) = change {
            guard let value = Satoshis(left) else { throw .amount(left) }
            outputs.append(TxOutput(value: value, script: wallet.outputScript))
        }
        for (payment, share) in zip(payments, shares) {
            guard payment.redeemable > share, let value = Satoshis(payment.redeemable - share) else {
                throw .output(redeemable: payment.redeemable, share: share)
            }
            outputs.append(TxOutput(value: value, script: payment.script))
        }
        unsigned = Transaction(
            version: UInt32(truncatingIfNeeded: version),
            inputs: [TxInput(outPoint: utxo.outPoint, sequence: UInt32(truncatingIfNeeded: sequence))],
            outputs: outputs, lockTime: 0)
        size = Self.size(
            wallet: wallet, utxo: utxo, change: change, scripts: payments.map(\.script))
    }

    /// The remainder of the main UTXO. The redeemers pay the fee, so it does not reduce the change.
    ///
    /// - Throws: ``Failure/value(redeemable:mainUTXO:)`` where the requests are worth more than the main UTXO.
    package static func change(
        wallet: WalletIdentity, utxo: MainUTXO, redeemables: [UInt64]
    ) throws(Failure) -> Change {
        let value = utxo.output.value.rawValue
        let total = redeemables.reduce(UInt64(0)) { $0.addingSaturating($1) }
        guard total <= value else { throw .value(redeemable: total, mainUTXO: value) }
        guard let dustLimit = wallet.outputScript.dustLimit else {
            preconditionFailure("a wallet's own script has a dust limit")
        }
        return value - total >= dustLimit ? .output(value - total) : .absorbed(value - total)
    }

    /// Splits a fee: `share = floor(fee / n)`, the last item also gets the remainder; empty for no items, or for a fee
    /// that is not a possible amount.
    package static func shares(fee: UInt64, count: Int) -> [UInt64] {
        guard let total = Satoshis(fee), let split = FeeSplit(total: total, count: count) else { return [] }
        return split.shares.map(\.rawValue)
    }

    /// The estimated size of a redemption of these scripts.
    package static func size(
        wallet: WalletIdentity, utxo: MainUTXO, change: Change, scripts: [Script]
    ) -> TransactionSize {
        var size = TransactionSize()
        size.add(input: utxo.output.script)
        if case .output = change { size.add(output: wallet.outputScript) }
        for script in scripts { size.add(output: script) }
        return size
    }

    /// The scripts that a redemption of the wallet pays, in order, without the change.
    package static func scripts(paidBy transaction: Transaction, of wallet: WalletIdentity) -> [Bytes] {
        transaction.outputs.map(\.script).filter { $0 != wallet.outputScript }.map(\.bytes)
    }
}
