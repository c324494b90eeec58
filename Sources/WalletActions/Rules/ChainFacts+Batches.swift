import Coordination
import Ethereum
import Primitives

/// Asks together the questions that rules will ask one after the other. A check of the chains then takes a few round
/// trips to our sources instead of one for every fact. A batch decides nothing; each rule still fails by its own
/// answer.
extension ChainFacts {
    /// Asks the first questions about a wallet; `more` are the questions of the proposal at hand.
    mutating func prepareWallet(_ context: ActionContext, and more: [ChainQuery]) throws(RuleStop) {
        let at = context.block.reference
        var queries: [ChainQuery] = [
            .host(.call(Bridge.Wallets(context.wallet.hash.hash), at: at)), .bitcoin(.tip),
            .host(.call(Bridge.GetRedemptionParameters(), at: at)),
            .host(.call(Bridge.GetRedemptionWatchtower(), at: at)),
            .host(.call(WalletProposalValidator.RedemptionRequestMinAge(), at: at)),
            .host(.call(WalletProposalValidator.RedemptionRequestTimeoutSafetyMargin(), at: at)),
            .host(.call(WalletProposalValidator.RedemptionMaxSize(), at: at)),
            .host(.redemptionRequests(context.wallet.hash, upTo: context.block.number)),
        ]
        if context.knownUTXOs.isEmpty {
            queries.append(.host(.announcedTransactions(context.wallet.hash, upTo: context.block.number)))
        }
        try prepare(queries + more)
    }

    /// Asks the questions that follow once the main UTXO is known: its spender, and the requests that could be paid.
    mutating func prepareRequests(_ utxo: MainUTXO, _ context: ActionContext) throws(RuleStop) {
        let query = HostQuery.redemptionRequests(context.wallet.hash, upTo: context.block.number)
        var keys: Set<UInt256> = []
        if case .host(.redemptionRequests(let events)) = try known(.host(query)) {
            for event in events where context.mayBePending(event) { keys.insert(event.key) }
        }
        try prepare(
            [.bitcoin(.spender(of: utxo.outPoint))]
                + keys.sorted().map { .host(.call(Bridge.PendingRedemptions($0), at: context.block.reference)) })
    }

    /// The answer to a question of any kind.
    private mutating func known(_ query: ChainQuery) throws(RuleStop) -> ChainAnswer? {
        do throws(FactFailure) {
            return try answer(query)
        } catch {
            guard case .pending = error else { return nil }
            throw .pending
        }
    }
}
