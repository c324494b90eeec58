import Bitcoin
import Coordination
import Primitives

/// Rules `wallet.busy` (its second half), `record.signed` and `wallet.agreement`: the transactions that already spend
/// the main UTXO, in our records or on the chain.
extension ChainFacts {
    /// The spends of the main UTXO that may be the proposed transaction itself. Its unsigned id decides this once it is
    /// built (``Array/require(_:)``). Spends that do not pay the proposed outputs fail the proposal at once.
    ///
    /// In execution a transaction on the chain may be our own: another operator can have signed it before us.
    ///
    /// - Throws: ``RuleStop``.
    mutating func conflicts(
        over utxo: MainUTXO, at stage: RuleStage, _ context: ActionContext, pays: (Transaction) -> Bool
    ) throws(RuleStop) -> [ConflictingSpend] {
        var conflicts = context.conflictingSpends(of: utxo.outPoint)
        if let other = conflicts.first(where: { !pays($0.transaction) }) { throw other.stop }
        // The same transaction may be agreed again only while it is not signed; then it is pushed.
        if stage == .proposal, let signed = context.signed(spending: utxo.outPoint) {
            throw .fail(.recordSigned, .view, proposed: utxo.outPoint.encoded, found: signed.id.unsigned.bytes)
        }
        if let inFlight = try inFlight(utxo, context) {
            guard stage == .execution, pays(inFlight.transaction) else { throw inFlight.stop }
            conflicts.append(inFlight)
        }
        return conflicts
    }
}

extension [ConflictingSpend] {
    /// Requires that each of them is the transaction itself.
    ///
    /// - Throws: The stop of the first one that is another transaction.
    func require(_ transaction: Transaction) throws(RuleStop) {
        for conflict in self where conflict.transaction.unsignedID != transaction.unsignedID { throw conflict.stop }
    }
}
