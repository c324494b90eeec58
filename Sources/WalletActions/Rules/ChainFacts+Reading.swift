import Bitcoin
import Coordination
import Ethereum
import Primitives

/// Typed reads for rules. A source that cannot answer fails `rule` in class U. An answer of another kind means that a
/// source contradicts the question.
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

    /// The result of a contract's function at a block. A revert, or bytes that the function cannot return, mean that a
    /// source contradicts itself.
    ///
    /// - Throws: ``RuleStop/pending`` where it has not been read yet; else `rule` in class U.
    mutating func call<Call: HostCall>(
        _ call: Call, at block: BlockReference, rule: ActionRule = .chainHost
    ) throws(RuleStop) -> Call.Answer { try self.call(call, of: Call.contract, at: block, rule: rule) }

    /// The result of a function of the contract at an address, at a block.
    ///
    /// - Throws: As ``call(_:at:rule:)`` does.
    mutating func call<Call: ContractCall>(
        _ call: Call, of contract: HostContract, at block: BlockReference, rule: ActionRule = .chainHost
    ) throws(RuleStop) -> Call.Answer {
        let query = HostQuery.call(contract, call.encoded, at: block)
        guard case .returned(let data) = try host(query, rule: rule) else { throw contradiction(rule) }
        return try decoded(data, of: Call.self, query, rule: rule)
    }

    /// Asks for one of the validator's judgements, which is true or a revert. A revert fails the rule of its text; any
    /// other text fails the rule `otherwise` (wallet-actions.md §9.2).
    mutating func requireValid<Call: HostCall>(
        _ judgement: Call, at block: BlockReference, reverts: [String: ActionRule], otherwise: ActionRule
    ) throws(RuleStop) where Call.Answer == Bool {
        let query = HostQuery.call(judgement, at: block)
        switch try host(query, rule: otherwise) {
        case .returned(let data):
            guard try decoded(data, of: Call.self, query, rule: otherwise) else {
                contradict(query)
                throw contradiction(otherwise)
            }
        case .reverted(let reason):
            switch reason {
            case .error(let text): throw .fail(reverts[text] ?? otherwise, .invalid, found: text)
            case .panic(let code):
                guard let code = code.uint64 else { throw .fail(otherwise, .invalid, found: reason.encoded) }
                throw .fail(otherwise, .invalid, found: code)
            case .empty, .other: throw .fail(otherwise, .invalid, found: reason.encoded)
            }
        case .block, .redemptionRequests, .announcedTransactions: throw contradiction(otherwise)
        }
    }

    private mutating func decoded<Call: ContractCall>(
        _ data: Bytes, of _: Call.Type, _ query: HostQuery, rule: ActionRule
    ) throws(RuleStop) -> Call.Answer {
        do throws(ABIFailure) {
            return try Call.decode(answer: data)
        } catch {
            contradict(query)
            throw contradiction(rule)
        }
    }

    mutating func wallet(_ context: ActionContext) throws(RuleStop) -> Bridge.Wallet {
        try call(Bridge.Wallets(context.wallet.hash.hash), at: context.block.reference)
    }

    /// The transactions that the Bridge announced for a wallet up to a block, oldest first.
    mutating func announced(
        _ wallet: WalletPublicKeyHash, upTo block: BlockNumber, rule: ActionRule = .chainHost
    ) throws(RuleStop) -> [Txid] {
        guard
            case .announcedTransactions(let hashes) = try host(.announcedTransactions(wallet, upTo: block), rule: rule)
        else { throw contradiction(rule) }
        return hashes.map { Txid($0) }
    }

    mutating func tip() throws(RuleStop) -> BitcoinTip {
        guard case .tip(let tip) = try bitcoin(.tip) else { throw contradiction(.chainBitcoin) }
        return tip
    }

    /// A whole transaction by its txid; if its hash is not the txid, the source contradicts itself. nil where the
    /// sources agree that they do not know it.
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

    func contradiction(_ rule: ActionRule) -> RuleStop {
        .fail(rule, .cannotTell, found: ChainAnswer.Unavailable.contradiction.rawValue)
    }
}
