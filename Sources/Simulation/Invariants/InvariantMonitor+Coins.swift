import Bitcoin
import ChainModels
import Primitives

extension InvariantMonitor {
    /// Checks that satoshi are conserved (DI7): the chain's holdings plus the recorded fees to miners equal the initial
    /// sum.
    func conserved(_ bitcoin: BitcoinModel) throws(Invariant.Breach) {
        var paid: UInt64 = 0
        for transaction in bitcoin.blocks.flatMap(\.transactions) where !transaction.isCoinbase {
            guard let fee = fees[transaction.unsignedID] else {
                throw Invariant.Breach(invariant: .di7, what: "\(transaction.txid) is confirmed, and nobody's record")
            }
            paid += fee
        }
        let begun = bitcoin.blocks.flatMap(\.transactions).filter(\.isCoinbase).flatMap(\.outputs)
        let before = begun.reduce(UInt64(0)) { $0 + $1.value.rawValue }
        let after = bitcoin.coins.values.reduce(paid) { $0 + $1.output.value.rawValue }
        guard before == after else {
            throw Invariant.Breach(invariant: .di7, what: "\(before) satoshi became \(after)")
        }
    }
}
