import Bitcoin
import Coordination
import Primitives

/// Typed reads for rules. A source that cannot tell fails `rule` in class U; an answer of another kind is a source that
/// contradicts the question.
extension ChainFacts {
    mutating func host(_ query: HostQuery, rule: ActionRule = .chainHost) throws(RuleStop) -> HostAnswer {
        guard case .host(let answer) = try read(.host(query), rule: rule) else {
            throw .fail(rule, .cannotTell, found: ChainAnswer.Unavailable.contradiction.rawValue)
        }
        return answer
    }

    mutating func bitcoin(_ query: BitcoinQuery, rule: ActionRule = .chainBitcoin) throws(RuleStop) -> BitcoinAnswer {
        guard case .bitcoin(let answer) = try read(.bitcoin(query), rule: rule) else {
            throw .fail(rule, .cannotTell, found: ChainAnswer.Unavailable.contradiction.rawValue)
        }
        return answer
    }

    /// Notes questions to be read as one batch; throws while one has no answer.
    mutating func prepare(_ queries: [ChainQuery]) throws(RuleStop) {
        do throws(FactFailure) {
            try need(queries)
        } catch {
            throw .pending
        }
    }

    private mutating func read(_ query: ChainQuery, rule: ActionRule) throws(RuleStop) -> ChainAnswer {
        do throws(FactFailure) {
            return try answer(query)
        } catch {
            switch error {
            case .pending: throw .pending
            case .unavailable(_, let reason): throw .fail(rule, .cannotTell, found: reason.rawValue)
            }
        }
    }

    mutating func wallet(_ context: ActionContext) throws(RuleStop) -> WalletRecord {
        guard case .wallet(let record) = try host(.wallet(context.wallet.hash, at: context.block.reference)) else {
            throw contradiction(.chainHost)
        }
        return record
    }

    mutating func redemptionParameters(_ context: ActionContext) throws(RuleStop) -> RedemptionParameters {
        guard case .redemptionParameters(let parameters) = try host(.redemptionParameters(at: context.block.reference))
        else { throw contradiction(.chainHost) }
        return parameters
    }

    mutating func redemptionConstants(_ context: ActionContext) throws(RuleStop) -> RedemptionConstants {
        guard case .redemptionConstants(let constants) = try host(.redemptionConstants(at: context.block.reference))
        else {
            throw contradiction(.chainHost)
        }
        return constants
    }

    mutating func pendingRedemption(_ key: UInt256, _ context: ActionContext) throws(RuleStop) -> RedemptionRequest {
        guard case .pendingRedemption(let request) = try host(.pendingRedemption(key: key, at: context.block.reference))
        else { throw contradiction(.chainHost) }
        return request
    }

    /// The watchtower's delay of a pending request, in seconds.
    mutating func redemptionDelay(_ key: UInt256, _ context: ActionContext) throws(RuleStop) -> UInt64 {
        guard case .redemptionDelay(let delay) = try host(.redemptionDelay(key: key, at: context.block.reference))
        else {
            throw contradiction(.chainHost)
        }
        return delay
    }

    /// The events by which redemptions of the wallet were requested, up to the block that is read, oldest first: of a
    /// script the latest counts.
    mutating func redemptionEvents(_ context: ActionContext) throws(RuleStop) -> [RedemptionRequestedEvent] {
        let query = HostQuery.redemptionRequests(context.wallet.hash, upTo: context.block.number)
        guard case .redemptionRequests(let events) = try host(query, rule: .redemptionEvent) else {
            throw contradiction(.redemptionEvent)
        }
        return events
    }

    mutating func tip() throws(RuleStop) -> BitcoinTip {
        guard case .tip(let tip) = try bitcoin(.tip) else { throw contradiction(.chainBitcoin) }
        return tip
    }

    /// A whole transaction by its txid, which is its hash or the source contradicts itself; nil where the sources agree
    /// not to know it.
    mutating func transaction(
        _ txid: Txid, rule: ActionRule = .chainBitcoin
    ) throws(RuleStop) -> LocatedTransaction? {
        guard case .transaction(let found) = try bitcoin(.transaction(txid), rule: rule),
            found.map({ $0.transaction.txid == txid }) ?? true
        else { throw contradiction(rule) }
        return found
    }

    mutating func spender(of outPoint: OutPoint, rule: ActionRule) throws(RuleStop) -> OutputSpender {
        guard case .spender(let spender) = try bitcoin(.spender(of: outPoint), rule: rule) else {
            throw contradiction(rule)
        }
        return spender
    }

    mutating func feeQuotes(target: UInt64) throws(RuleStop) -> [FeeQuote] {
        guard case .feeQuotes(let quotes) = try bitcoin(.feeQuotes(target: target), rule: .feeBand) else {
            throw contradiction(.feeBand)
        }
        return quotes
    }

    private func contradiction(_ rule: ActionRule) -> RuleStop {
        .fail(rule, .cannotTell, found: ChainAnswer.Unavailable.contradiction.rawValue)
    }
}
