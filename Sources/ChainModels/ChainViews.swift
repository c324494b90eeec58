import Bitcoin
import Coordination
import Ethereum
import Primitives
package import WalletActions

extension HostChainModel {
    /// Answers a rule's question from the model itself, without a wire in between.
    package func answer(_ query: HostQuery) -> ChainAnswer {
        switch query {
        case .block(let number): return block(number).map { .host(.block($0)) } ?? .unavailable(.missing)
        case .wallet(let wallet, let at): return read(at) { .wallet($0.state.wallet(wallet)) }
        case .redemptionParameters(let at):
            return read(at) { .redemptionParameters($0.state.settings.parameters) }
        case .redemptionConstants(let at): return read(at) { .redemptionConstants($0.state.settings.constants) }
        case .pendingRedemption(let key, let at):
            return read(at) { .pendingRedemption($0.state.pendingRedemption(key)) }
        case .redemptionDelay(_, let at): return read(at) { _ in .redemptionDelay(0) }
        case .redemptionRequests(let wallet, let upTo): return .host(.redemptionRequests(requests(wallet, upTo)))
        case .announcedTransactions(let wallet, let upTo):
            return .host(.announcedTransactions(announced(wallet, upTo)))
        case .validateRedemption(let wallet, let scripts, let fee, let at):
            return read(at) { entry in
                entry.state.refusal(redemptionOf: wallet, scripts: scripts, fee: fee, at: entry.block.timestamp)
                    .map { .reverted(.message($0)) } ?? .valid
            }
        case .validateHeartbeat(_, let message, let at):
            return read(at) { $0.state.refusal(heartbeat: message).map { .reverted(.message($0)) } ?? .valid }
        }
    }

    private func read(_ at: BlockReference, _ body: (Entry) -> HostAnswer) -> ChainAnswer {
        guard block(at.number)?.hash == at.hash, let entry = self[at.number] else { return .unavailable(.stale) }
        return .host(body(entry))
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
        journal.prefix { $0.block <= upTo }.compactMap { read($0.event) }
    }
}

extension BitcoinModel {
    /// Answers a rule's question from the model itself, without a wire in between.
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
