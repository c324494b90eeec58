import Bitcoin
import Coordination
import Primitives

/// Rule `wallet.busy` (wallet-actions.md §9.1, row 4): one action of a wallet at a time, one transaction for an output.
extension ActionContext {
    /// Requires that no other action of the wallet runs past `begin`.
    func requireIdle() throws(RuleStop) {
        guard let busyUntil, busyUntil > begin else { return }
        throw .fail(.walletBusy, .view, proposed: begin.rawValue, found: busyUntil.rawValue)
    }

    /// Our record of a signed transaction that spends an output; nil where there is none.
    func signed(spending outPoint: OutPoint) -> ActionRecord? {
        records.first { record in
            record.signedBytes != nil && record.inputs.contains { $0.outPoint == outPoint }
        }
    }

    /// The transactions of our records with a lock on an output at `begin`; no other transaction may spend it.
    func conflictingSpends(of outPoint: OutPoint) -> [ConflictingSpend] {
        records.compactMap { record in
            guard record.locks(outPoint, at: begin, signingMargin: profile.signingMargin),
                let transaction = record.transaction
            else { return nil }
            return ConflictingSpend(
                transaction: transaction,
                stop: .fail(.walletBusy, .view, proposed: outPoint.encoded, found: record.id.unsigned.bytes))
        }
    }
}

/// A transaction that blocks a proposal, unless the proposal is for that same transaction.
struct ConflictingSpend {
    let transaction: Transaction
    /// The stop with which a proposal of another transaction fails.
    let stop: RuleStop
}
