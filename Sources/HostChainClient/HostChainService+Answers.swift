import ChainFollowing
import Coordination
import Ethereum
import JSONRPC
import Logging
import Node
import Primitives
package import WalletActions

extension HostChainService {
    package func answer(_ queries: [HostQuery]) async -> [ChainAnswer] {
        await withTaskGroup(of: (Int, ChainAnswer).self) { group in
            for (index, query) in queries.enumerated() {
                group.addTask { (index, await self.answerAlone(query)) }
            }
            var answers = queries.map { _ in ChainAnswer.unavailable(.silent) }
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private func answerAlone(_ query: HostQuery) async -> ChainAnswer {
        if let known = machine.answer(query) { return known }
        switch query {
        case .block(let number): return await block(number)
        case .redemptionRequests, .announcedTransactions: preconditionFailure("events are answered by the index")
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
                machine.shown(request, key: key, at: block, elapsed: elapsed)
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

    private func block(_ number: BlockNumber) async -> ChainAnswer {
        if let reason = unfit { return .unavailable(reason) }
        do {
            guard let block = try await rpc.blocks(number...number)[0] else { return .unavailable(.missing) }
            return .host(.block(block))
        } catch {
            return unavailable(error, at: number)
        }
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
        if machine.isVerified { return nil }
        guard case .source(let failure) = troubles[.head] else { return .stale }
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
            if let block, let head = machine.head?.number, block <= head { .missing } else { .stale }
        }
    }
}
