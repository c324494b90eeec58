package import Bitcoin
package import Coordination
import Primitives

/// What becomes of a signed transaction: pushed until it is settled and proven, or conflicted (wallet-actions.md §11).
package enum RecordTracking {
    /// What the chains ask for next.
    package enum Step: Hashable, Sendable {
        /// Nothing new.
        case stay
        /// No source shows it: broadcast it again.
        case push(Transaction)
        /// The record takes this state.
        case move(ActionRecord.State)
    }

    /// Confirmations from which a conflicting spend is final.
    private static let conflictDepth: UInt32 = 6

    /// Looks a record up on both chains; the host chain is read at `head`.
    package static func next(
        _ record: ActionRecord, profile: ProtocolProfile, head: HostBlock, facts: inout ChainFacts
    ) throws(RuleStop) -> Step {
        guard let bytes = record.signedBytes, record.action != .heartbeat,
            let transaction = try? Transaction(decoding: bytes)
        else { return .stay }
        if case .proven = record.state {
            let settled = head.number.subtracting(profile.settledDepth)
            return try announced(record, transaction.txid, upTo: settled, facts: &facts) ? .move(.done(bytes)) : .stay
        }
        guard let found = try facts.transaction(transaction.txid) else {
            return try missing(record, transaction, bytes, facts: &facts)
        }
        switch found.place {
        case .mempool:
            if case .seen = record.state { return .stay }
            return .move(.seen(bytes))
        case .block(let height, let hash, let confirmations):
            switch record.state {
            case .mined(_, height, hash):
                let isDeep = UInt64(confirmations) >= profile.settleConfirmations
                return isDeep ? .move(.settled(bytes, height: height, block: hash)) : .stay
            case .settled(_, height, hash):
                let isProven = try announced(record, transaction.txid, upTo: head.number, facts: &facts)
                return isProven ? .move(.proven(bytes)) : .stay
            default: return .move(.mined(bytes, height: height, block: hash))
            }
        }
    }

    /// No source knows the transaction: somebody else's spend of an input may be deep by now, else it is pushed again.
    private static func missing(
        _ record: ActionRecord, _ transaction: Transaction, _ bytes: Bytes, facts: inout ChainFacts
    ) throws(RuleStop) -> Step {
        for input in transaction.inputs {
            if case .spent(let other) = try facts.spender(of: input.outPoint, rule: "chain.bitcoin"),
                other.transaction.txid != transaction.txid, other.place.confirmations >= conflictDepth
            {
                return .move(.conflicted)
            }
        }
        if case .signed = record.state { return .push(transaction) }
        return .move(.signed(bytes))
    }

    /// Whether the Bridge announced the transaction by a block.
    private static func announced(
        _ record: ActionRecord, _ txid: Txid, upTo block: BlockNumber, facts: inout ChainFacts
    ) throws(RuleStop) -> Bool {
        guard
            case .announcedTransactions(let hashes) = try facts.host(.announcedTransactions(record.wallet, upTo: block))
        else { return false }
        return hashes.contains(txid.hash)
    }
}
