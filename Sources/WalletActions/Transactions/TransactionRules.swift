import Bitcoin
import Coordination
import Primitives

/// The rules of every Bitcoin transaction of a wallet (wallet-actions.md §5, §9.3).
enum TransactionRules {
    /// Rules `tx.sum`, `tx.dust` and `tx.weight`. `miners` is the amount that the transaction leaves to the miners, in
    /// satoshi; `size` is its estimated size with real inputs.
    ///
    /// - Throws: ``RuleStop/failed(_:)`` in class I.
    static func check(
        _ transaction: Transaction, spent: [TxOutput], size: TransactionSize, miners: UInt64
    ) throws(RuleStop) {
        guard let difference = transaction.fee(spent: spent)?.rawValue, difference == miners else {
            throw .fail(.txSum, .invalid, proposed: miners)
        }
        for output in transaction.outputs {
            guard let limit = output.script.dustLimit, output.value.rawValue >= limit else {
                throw .fail(.txDust, .invalid, proposed: output.value.rawValue, found: output.script.dustLimit ?? 0)
            }
        }
        guard size.isStandard else {
            throw .fail(.txWeight, .invalid, proposed: size.weight, found: TransactionSize.standardWeightLimit)
        }
    }
}
