import ChainFollowing
import Coordination
import Ethereum
import JSONRPC
import Logging
import Node
import Primitives
package import WalletActions

extension HostChainService {
    /// Answers questions in their order. All calls at one block go in one request. A result at one of the newest blocks
    /// asked about is reused, and a question that another caller has under way is not asked again.
    package func answer(_ queries: [HostQuery]) async -> [ChainAnswer] {
        var answers: [HostQuery: ChainAnswer] = [:]
        for query in queries { answers[query] = atHand(query) }
        let open = queries.filter { answers[$0] == nil }
        if !open.isEmpty {
            let found = await underWay.answers(to: open) { await self.ask($0) }
            for (query, answer) in zip(open, found) { answers[query] = answer }
        }
        return queries.map { query in
            let answer = answers[query] ?? .unavailable(.silent)
            machine.answered(query, answer, elapsed: elapsed)
            return answer
        }
    }

    /// The answer to a question that needs no request; nil if it needs one.
    private func atHand(_ query: HostQuery) -> ChainAnswer? {
        if let answer = machine.answer(query) { return answer }
        if let unfit { return .unavailable(unfit) }
        return known.result(of: query, at: elapsed).map { .host(.returned($0)) }
    }

    /// Asks the source, block by block.
    private func ask(_ queries: [HostQuery]) async -> [ChainAnswer] {
        var answers: [HostQuery: ChainAnswer] = [:]
        var calls: [BlockReference: [(query: HostQuery, to: EthereumAddress, data: Bytes)]] = [:]
        for query in queries {
            switch query {
            case .block(let number): answers[query] = await block(number)
            case .call(let contract, let data, let block):
                calls[block, default: []].append((query, address(of: contract), data))
            case .redemptionRequests, .announcedTransactions: break
            }
        }
        for (block, calls) in calls.sorted(by: { $0.key.number < $1.key.number }) {
            let results: [Result<EthereumRPC.CallResult, RPCFailure>]
            do {
                results = try await rpc.call(calls.map { ($0.to, $0.data) }, at: block)
            } catch {
                results = calls.map { _ in .failure(error) }
            }
            for (call, result) in zip(calls, results) {
                let answer: ChainAnswer
                switch result {
                case .success(.returned(let data)): answer = .host(.returned(data))
                case .success(.reverted(let reason)): answer = .host(.reverted(reason))
                case .failure(let failure): answer = unavailable(failure, at: block.number)
                }
                if case .host = answer { reports.well(Self.reads) }
                known.keep(call.query, answer, at: elapsed)
                answers[call.query] = answer
            }
        }
        return queries.map { answers[$0] ?? .unavailable(.silent) }
    }

    private func address(of contract: HostContract) -> EthereumAddress {
        switch contract {
        case .bridge: configuration.bridge
        case .validator: configuration.validator
        case .at(let address): address
        }
    }

    /// Reads a block by number. A block below the kept ones lies too deep to be replaced.
    private func block(_ number: BlockNumber) async -> ChainAnswer {
        do {
            guard let block = try await rpc.blocks(number...number)[0] else { return .unavailable(.missing) }
            return .host(.block(block))
        } catch {
            return unavailable(error, at: number)
        }
    }

    /// The reason for which the source must not be asked at the moment; nil if it may be asked.
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

    /// Interprets a refusal to read at a block. For a block that the source has shown before, the source no longer has
    /// the data. For a later block, the source is behind.
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
