package import Bitcoin
import Primitives

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

    /// Change that got no output because it is dust; it goes to the miners.
    package let absorbed: UInt64
    /// Each request's share of the fee; the last also bears the remainder.
    package let shares: [UInt64]
    package let unsigned: Transaction
    /// Estimated by the size rules, with real inputs.
    package let vsize: UInt64

    /// How the money is split; fails where a share is larger than its request or the main UTXO is too small.
    package enum Failure: Error, Hashable, Sendable {
        /// The requests are worth more than the main UTXO.
        case value(redeemable: UInt64, mainUTXO: UInt64)
        /// Sums overflow, or an output would be 0 or less.
        case sum
    }

    /// Splits a fee: `share = floor(fee / n)`, the last item also bears the remainder; empty for no items, or for a fee
    /// that cannot exist.
    package static func shares(fee: UInt64, count: Int) -> [UInt64] {
        guard let total = Satoshis(fee), let split = FeeSplit(total: total, count: count) else { return [] }
        return split.shares.map(\.rawValue)
    }

    /// What is left of the main UTXO: its output, if it is above dust, and what is absorbed.
    package static func change(
        mainUTXO: UInt64, redeemable: UInt64, dustLimit: UInt64
    ) throws(Failure) -> (output: UInt64?, absorbed: UInt64) {
        guard redeemable <= mainUTXO else { throw .value(redeemable: redeemable, mainUTXO: mainUTXO) }
        let change = mainUTXO - redeemable
        return change >= dustLimit ? (change, 0) : (nil, change)
    }

    /// Builds the transaction.
    package init(
        wallet: WalletIdentity, utxo: MainUTXO, payments: [Payment], fee: UInt64, version: UInt64, sequence: UInt64
    ) throws(Failure) {
        let split = Self.shares(fee: fee, count: payments.count)
        guard split.count == payments.count else { throw .sum }
        var total: UInt64 = 0
        var outputs: [TxOutput] = []
        for (payment, share) in zip(payments, split) {
            let (sum, overflow) = total.addingReportingOverflow(payment.redeemable)
            guard !overflow, payment.redeemable > share, let value = Satoshis(payment.redeemable - share) else {
                throw .sum
            }
            total = sum
            outputs.append(TxOutput(value: value, script: payment.script))
        }
        let own = wallet.outputScript
        guard let dustLimit = own.dustLimit else { preconditionFailure("a wallet's own script has a dust limit") }
        let change = try Self.change(
            mainUTXO: utxo.output.value.rawValue, redeemable: total, dustLimit: dustLimit)
        if let value = change.output {
            guard let value = Satoshis(value) else { throw .sum }
            outputs.insert(TxOutput(value: value, script: own), at: 0)
        }
        absorbed = change.absorbed
        shares = split
        unsigned = Transaction(
            version: UInt32(truncatingIfNeeded: version),
            inputs: [
                TxInput(
                    outPoint: utxo.outPoint, sequence: UInt32(truncatingIfNeeded: sequence))
            ],
            outputs: outputs, lockTime: 0)
        vsize = Self.vsize(input: utxo.output.script, outputs: outputs.map(\.script))
    }

    /// The estimated virtual size of one wallet input and these outputs.
    static func vsize(input: Script, outputs: [Script]) -> UInt64 {
        var size = TransactionSize()
        size.add(input: input)
        for script in outputs { size.add(output: script) }
        return size.vsize
    }
}
