import Bitcoin
import Coordination
import Ethereum
import Primitives
package import WalletActions

extension HostChainModel {
    /// Answers a rule's question directly from the model, without RPC.
    package func answer(_ query: HostQuery) -> ChainAnswer {
        switch query {
        case .block(let number): return block(number).map { .host(.block($0)) } ?? .unavailable(.missing)
        case .call(let contract, let data, let at):
            guard let entry = self[at.number], entry.block.hash == at.hash else { return .unavailable(.stale) }
            switch entry.state.answer(contract, data, at: entry.block.timestamp) {
            case .success(let result): return .host(.returned(result))
            case .failure(let revert): return .host(.reverted(revert.reason))
            }
        case .redemptionRequests(let wallet, let upTo): return .host(.redemptionRequests(requests(wallet, upTo)))
        case .announcedTransactions(let wallet, let upTo):
            return .host(.announcedTransactions(announced(wallet, upTo)))
        }
    }

    private func requests(_ wallet: WalletPublicKeyHash, _ upTo: BlockNumber) -> [RedemptionRequestedEvent] {
        events(upTo) { event in
            guard case .redemptionRequested(wallet, let requested) = event else { return nil }
            return requested
        }
    }

    private func announced(_ wallet: WalletPublicKeyHash, _ upTo: BlockNumber) -> [Hash32] {
        events(upTo) { event in
            guard case .redemptionsCompleted(wallet, let transaction) = event else { return nil }
            return transaction
        }
    }

    private func events<Value>(_ upTo: BlockNumber, _ read: (BridgeEvent) -> Value?) -> [Value] {
        journal.prefix { $0.block.number <= upTo }.compactMap { read($0.event) }
    }
}

extension BitcoinModel {
    /// Answers a rule's question directly from the model, without RPC.
    package func answer(_ query: BitcoinQuery) -> ChainAnswer {
        switch query {
        case .tip: .bitcoin(.tip(BitcoinTip(height: height, hash: tip)))
        case .transaction(let txid): .bitcoin(.transaction(located(txid)))
        case .unspentOutputs(let script):
            .bitcoin(
                .unspentOutputs(
                    coins.filter { $0.value.output.script == script }.sorted { $0.key < $1.key }.map {
                        UnspentOutput(outPoint: $0.key, output: $0.value.output, height: $0.value.height)
                    }))
        case .spender(let outPoint): .bitcoin(.spender(spender(of: outPoint)))
        case .feeQuotes:
            .bitcoin(.feeQuotes([FeeQuote(estimate: estimate, mempoolMinimum: minimumRate)]))
        }
    }

    private func located(_ txid: Txid) -> LocatedTransaction? {
        if let (found, transaction) = confirmed(txid) {
            let place = TransactionPlace.block(
                height: found, hash: blocks[Int(found)].hash, confirmations: height - found + 1)
            return LocatedTransaction(transaction: transaction, place: place)
        }
        return unconfirmed(txid).map { LocatedTransaction(transaction: $0, place: .mempool) }
    }

    private func spender(of outPoint: OutPoint) -> OutputSpender {
        if let spender = unconfirmedSpender(of: outPoint) {
            return .spent(by: LocatedTransaction(transaction: spender, place: .mempool))
        }
        if let spender = confirmedSpender(of: outPoint).flatMap(located) { return .spent(by: spender) }
        return output(outPoint) == nil ? .noSuchOutput : .unspent
    }
}
