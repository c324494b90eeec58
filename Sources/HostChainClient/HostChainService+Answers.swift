import Coordination
import Ethereum
import JSONRPC
import Logging
import Node
import Primitives
package import WalletActions

extension HostChainService {
    package func answer(_ query: HostQuery) async -> ChainAnswer {
        switch query {
        case .block(let number): return await block(number)
        case .redemptionRequests(let wallet, let block):
            return events(of: wallet, upTo: block) { events in
                .redemptionRequests(events.compactMap(RedemptionRequestedEvent.init))
            }
        case .announcedTransactions(let wallet, let block):
            return events(of: wallet, upTo: block) { events in
                .announcedTransactions(
                    events.compactMap { if case .announced(let transaction) = $0.content { transaction } else { nil } })
            }
        case .wallet(let wallet, let block):
            return await read(at: block) { reader throws(RPCFailure) in try await reader.wallet(wallet, at: block) }
        case .redemptionParameters(let block):
            return await read(at: block) { reader throws(RPCFailure) in
                try await reader.redemptionParameters(at: block)
            }
        case .redemptionConstants(let block):
            return await read(at: block) { reader throws(RPCFailure) in
                try await reader.redemptionConstants(at: block)
            }
        case .pendingRedemption(let key, let block):
            let answer = await read(at: block) { reader throws(RPCFailure) in
                try await reader.pendingRedemption(key: key, at: block)
            }
            if case .host(.pendingRedemption(let request)) = answer {
                shown(request, key: key, at: block)
            }
            return answer
        case .redemptionDelay(let key, let block):
            return await read(at: block) { reader throws(RPCFailure) in
                try await reader.redemptionDelay(key: key, at: block)
            }
        case .validateRedemption(let wallet, let scripts, let fee, let block):
            let proposal = WalletProposalValidator.RedemptionProposal(
                wallet: wallet.hash, redeemersOutputScripts: scripts.map { PrefixedScript($0) },
                redemptionTxFee: UInt256(fee))
            return await read(at: block) { reader throws(RPCFailure) in
                try await reader.validate(
                    WalletProposalValidator.ValidateRedemptionProposal(proposal), at: block)
            }
        case .validateHeartbeat(let wallet, let message, let block):
            let proposal = WalletProposalValidator.HeartbeatProposal(wallet: wallet.hash, message: message)
            return await read(at: block) { reader throws(RPCFailure) in
                try await reader.validate(WalletProposalValidator.ValidateHeartbeatProposal(proposal), at: block)
            }
        }
    }

    /// A block that is kept is answered from memory; an older one lies too deep to be replaced, and is asked for.
    private func block(_ number: BlockNumber) async -> ChainAnswer {
        guard let chain = follower.chain, number <= chain.last.number else { return .unavailable(.stale) }
        if let block = chain[number] { return .host(.block(block)) }
        if let reason = unfit { return .unavailable(reason) }
        do {
            guard let block = try await rpc.blocks(number...number)[0] else { return .unavailable(.missing) }
            return .host(.block(block))
        } catch {
            return unavailable(error, at: number)
        }
    }

    private func events(
        of wallet: WalletPublicKeyHash, upTo block: BlockNumber, _ answer: ([IndexedEvent]) -> HostAnswer
    ) -> ChainAnswer {
        guard let head = follower.chain?.last.number, block <= head else { return .unavailable(.stale) }
        guard let events = index.events(of: wallet, upTo: block) else { return .unavailable(.missing) }
        return .host(answer(events))
    }

    private func read(
        at block: BlockReference, _ body: (BridgeReader) async throws(RPCFailure) -> HostAnswer
    ) async -> ChainAnswer {
        if let reason = unfit { return .unavailable(reason) }
        do {
            let answer = try await body(reader)
            reports.well(Self.reads)
            return .host(answer)
        } catch {
            return unavailable(error, at: block.number)
        }
    }

    /// Why the source is not to be asked at the moment; nil where it is.
    private var unfit: ChainAnswer.Unavailable? {
        if isVerified { return nil }
        guard case .source(let failure) = trouble else { return .stale }
        return reason(failure, at: nil)
    }

    private static let reads = "host chain reads"

    private func unavailable(_ failure: RPCFailure, at block: BlockNumber) -> ChainAnswer {
        if let condition = failure.condition { reports.bad(Self.reads, condition) }
        logger.debug("host chain: read at \(block): \(failure)")
        return .unavailable(reason(failure, at: block))
    }

    /// A source that refuses to read at a block that it showed us once no longer has the data; at a later one it is behind.
    private func reason(_ failure: RPCFailure, at block: BlockNumber?) -> ChainAnswer.Unavailable {
        switch failure {
        case .cancelled, .call(_, .transport), .call(_, .status): .silent
        case .contradiction, .call(_, .malformed): .contradiction
        case .otherBlock: .stale
        case .call(_, .error):
            if let block, let head = follower.chain?.last.number, block <= head { .missing } else { .stale }
        }
    }
}

extension RedemptionRequestedEvent {
    /// The port's form of an indexed event; nil for an event of another kind.
    fileprivate init?(_ event: IndexedEvent) {
        guard case .redemptionRequested(let request) = event.content else { return nil }
        self.init(
            block: event.block, logIndex: event.logIndex, wallet: WalletPublicKeyHash(request.wallet),
            script: request.redeemerOutputScript.script, redeemer: request.redeemer,
            requestedAmount: request.requestedAmount, treasuryFee: request.treasuryFee,
            txMaxFee: request.txMaxFee)
    }
}
