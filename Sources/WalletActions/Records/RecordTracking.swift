package import Bitcoin
package import Coordination
import Primitives
package import Secp256k1

/// Tracks a record's transaction: it is pushed once it is signed, until it is settled and proven, or conflicted
/// (wallet-actions.md §11).
package enum RecordTracking {
    /// The next step that the chains require.
    package enum Step: Hashable, Sendable {
        /// Nothing has changed.
        case stay
        /// No source shows it: broadcast it again.
        case push(Transaction)
        /// The record takes this state.
        case move(ActionRecord.State)
    }

    /// The number of confirmations from which a conflicting spend is final.
    private static let conflictDepth: UInt32 = 6

    /// Looks a record up on both chains; the host chain is read at `head`.
    ///
    /// A record without signatures is watched by its inputs: others may have completed the transaction, or another
    /// transaction may have replaced it.
    ///
    /// - Throws: ``RuleStop/pending`` where the chains have not been read yet; else rule `chain.bitcoin` or
    ///   `chain.host` in class U.
    package static func next(
        _ record: ActionRecord, profile: ProtocolProfile, head: HostBlock, facts: inout ChainFacts,
        schnorr: any SchnorrVerification = CurveVerification()
    ) throws(RuleStop) -> Step {
        switch record.state {
        case .prepared, .releasing, .expired: return try watch(record, facts: &facts, schnorr)
        case .signed, .seen, .mined, .settled, .proven:
            guard let transaction = record.signedTransaction else { return .stay }
            if case .proven = record.state {
                return try proven(record, transaction, profile: profile, head: head, facts: &facts)
            }
            let step = try follow(record, transaction, profile: profile, head: head, facts: &facts, schnorr)
            // A source whose tip is below the block on which the record rests is lagging; this is not a reorganisation.
            guard step.isBack, let least = record.state.leastTip(profile), try facts.tip().height < least else {
                return step
            }
            return .stay
        case .done, .conflicted: return .stay
        }
    }

    private static func watch(
        _ record: ActionRecord, facts: inout ChainFacts, _ schnorr: any SchnorrVerification
    ) throws(RuleStop) -> Step {
        guard let transaction = record.transaction else { return .stay }
        for input in transaction.inputs {
            guard case .spent(let other) = try facts.spender(of: input.outPoint, rule: .chainBitcoin) else { continue }
            if other.transaction.unsignedID == record.id.unsigned {
                do throws(SpendFailure) {
                    try SpendVerifier.verify(
                        other.transaction, spent: record.inputs.compactMap(\.spent), schnorr: schnorr)
                } catch {
                    throw .fail(.chainBitcoin, .cannotTell, found: ChainAnswer.Unavailable.contradiction.rawValue)
                }
                return .move(.signed(other.transaction.encoded))
            }
            if try isConflict(other, of: record, at: input.outPoint, facts: &facts, schnorr) {
                return .move(.conflicted)
            }
        }
        return .stay
    }

    /// Whether another spend of an input of the record ends it. The spend must be deep in the best chain, and must
    /// satisfy the output's script.
    ///
    /// A spend that does not verify means that a source contradicts itself: class U, and the record stands. The same
    /// holds for a form that our check does not know: anyone can write one down, and an output to the wallet's own key
    /// does not need it.
    private static func isConflict(
        _ other: LocatedTransaction, of record: ActionRecord, at outPoint: OutPoint, facts: inout ChainFacts,
        _ schnorr: any SchnorrVerification
    ) throws(RuleStop) -> Bool {
        guard other.place.confirmations >= conflictDepth else { return false }
        guard let spent = record.inputs.first(where: { $0.outPoint == outPoint })?.spent else { return false }
        let flaw = try facts.flaw(of: other.transaction, spending: outPoint, spent, rule: .chainBitcoin, schnorr)
        guard flaw == nil else {
            throw .fail(.chainBitcoin, .cannotTell, found: ChainAnswer.Unavailable.contradiction.rawValue)
        }
        return true
    }

    private static func follow(
        _ record: ActionRecord, _ transaction: Transaction, profile: ProtocolProfile, head: HostBlock,
        facts: inout ChainFacts, _ schnorr: any SchnorrVerification
    ) throws(RuleStop) -> Step {
        if case .settled = record.state {
            try facts.prepare([
                .bitcoin(.transaction(transaction.txid)),
                .host(.announcedTransactions(record.wallet, upTo: head.number)),
            ])
        }
        guard let bytes = record.signedBytes else { return .stay }
        guard let found = try facts.transaction(transaction.txid) else {
            return try missing(record, transaction, facts: &facts, schnorr)
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
                let isProven = try isAnnounced(record, transaction, upTo: head.number, facts: &facts)
                return isProven ? .move(.proven(bytes)) : .stay
            default: return .move(.mined(bytes, height: height, block: hash))
            }
        }
    }

    /// Handles a transaction that no source knows. It is pushed again, unless another spend of an input is in a block.
    /// That spend ends the record only once it is deep.
    private static func missing(
        _ record: ActionRecord, _ transaction: Transaction, facts: inout ChainFacts,
        _ schnorr: any SchnorrVerification
    ) throws(RuleStop) -> Step {
        var isHeld = false
        for input in transaction.inputs {
            switch try facts.spender(of: input.outPoint, rule: .chainBitcoin) {
            case .unspent: break
            case .spent(let other):
                if other.transaction.unsignedID == record.id.unsigned { return .stay }
                if try isConflict(other, of: record, at: input.outPoint, facts: &facts, schnorr) {
                    return .move(.conflicted)
                }
                isHeld = isHeld || other.place.confirmations > 0
            // Once it was in a block, output and transaction can both be older than the sources' data.
            case .noSuchOutput where record.state.wasMined: return .stay
            case .noSuchOutput: break
            }
        }
        guard case .signed = record.state else { return .move(.signed(transaction.encoded)) }
        return isHeld ? .stay : .push(transaction)
    }

    /// Handles an effect that the Bridge shows: the record is done once that is settled, and goes back where a
    /// reorganisation undid it.
    private static func proven(
        _ record: ActionRecord, _ transaction: Transaction, profile: ProtocolProfile, head: HostBlock,
        facts: inout ChainFacts
    ) throws(RuleStop) -> Step {
        let settled = head.number.subtracting(profile.settledDepth)
        try facts.prepare(
            [settled, head.number].map { .host(.announcedTransactions(record.wallet, upTo: $0)) })
        if try isAnnounced(record, transaction, upTo: settled, facts: &facts) {
            return .move(.done(transaction.encoded))
        }
        if try isAnnounced(record, transaction, upTo: head.number, facts: &facts) { return .stay }
        guard case .block(let height, let hash, _) = try facts.transaction(transaction.txid)?.place else {
            return .stay
        }
        return .move(.settled(transaction.encoded, height: height, block: hash))
    }

    /// Whether the Bridge announced the transaction by a block.
    private static func isAnnounced(
        _ record: ActionRecord, _ transaction: Transaction, upTo block: BlockNumber, facts: inout ChainFacts
    ) throws(RuleStop) -> Bool {
        try facts.announced(record.wallet, upTo: block).contains(transaction.txid)
    }
}

extension RecordTracking.Step {
    /// Whether the step, taken from a state that rests on a block, undoes that state.
    fileprivate var isBack: Bool {
        switch self {
        case .move(.seen), .move(.signed), .move(.mined): true
        case .stay, .push, .move: false
        }
    }
}

extension ActionRecord.State {
    /// The lowest tip height at which the record can have entered this state; nil where the state rests on no block.
    fileprivate func leastTip(_ profile: ProtocolProfile) -> UInt32? {
        switch self {
        case .mined(_, let height, _): height
        case .settled(_, let height, _): height + UInt32(clamping: profile.settleConfirmations) - 1
        case .prepared, .releasing, .signed, .seen, .proven, .done, .conflicted, .expired: nil
        }
    }

    /// Whether the transaction was in a block.
    fileprivate var wasMined: Bool {
        switch self {
        case .mined, .settled, .proven, .done: true
        case .prepared, .releasing, .signed, .seen, .conflicted, .expired: false
        }
    }
}
