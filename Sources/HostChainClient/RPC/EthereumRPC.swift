package import ChainFollowing
package import Coordination
package import Ethereum
package import JSONRPC
package import Primitives
package import WalletActions

/// A client of one Ethereum node, in the types of the host chain.
///
/// All calls are reads, so every call may be repeated: after silence or throttling it is retried with growing waits. A
/// source that is busy by its HTTP status was already asked until the deadline (``JSONRPCClient``) and is not asked
/// again here. An answer is checked against its question before it is used.
package actor EthereumRPC {
    /// The limits on requests to a source.
    package struct Limits: Hashable, Sendable {
        /// The largest number of calls in one request.
        package let batchSize: Int
        /// The largest number of requests a second; a batch counts as one.
        package let requestsPerSecond: Int
        /// The maximum number of times that a request is sent.
        package let attempts: Int
        /// The wait before the second attempt; later waits are longer.
        package let firstWait: Duration

        /// Sets limits; each number is at least 1.
        package init(
            batchSize: Int = 50, requestsPerSecond: Int = 20, attempts: Int = 3,
            firstWait: Duration = .milliseconds(250)
        ) {
            precondition(batchSize > 0 && attempts > 0, "a source that is asked nothing answers nothing")
            self.batchSize = batchSize
            self.requestsPerSecond = requestsPerSecond
            self.attempts = attempts
            self.firstWait = firstWait
        }
    }

    /// The identity of a source.
    package struct Identity: Hashable, Sendable {
        package let chainID: UInt64
        /// The result of `eth_syncing`. Nodes return an object beside a current head, and false during a whole
        /// synchronisation. So it is shown to the operator and decides nothing.
        package let saysSyncing: Bool
        /// Whether each of the contracts asked for has code at the head.
        package let haveCode: [Bool]
    }

    /// The result of a contract call.
    package enum CallResult: Hashable, Sendable {
        case returned(Bytes)
        case reverted(RevertReason)
    }

    private typealias Call = JSONRPCClient.Call
    private typealias Reply<Value> = Result<Value, JSONRPCFailure>

    private static let invalidParams = -32602
    private static let limitExceeded = -32005
    private static let executionReverted = 3

    private let client: JSONRPCClient
    private let limits: Limits
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var pace: RequestPace
    private static let largestList = 16 << 20

    /// Whether the source accepts a block hash as the place of a call (EIP-1898). It is true until the source refuses a
    /// hash and answers the same call by number.
    private var namesBlocksByHash = true
    /// The number of refusals by the source, by method (durability-and-events.md HC10).
    package private(set) var refusals: [String: Int] = [:]

    /// Makes a client of a source.
    package init(client: JSONRPCClient, limits: Limits = Limits()) {
        self.client = client
        self.limits = limits
        start = clock.now
        pace = RequestPace(perSecond: limits.requestsPerSecond)
    }

    /// The source's identity: its chain, its report of syncing, and whether each of the contracts has code.
    ///
    /// - Throws: ``RPCFailure`` for the first of these calls that has no result.
    package func identity(contracts: [EthereumAddress]) async throws(RPCFailure) -> Identity {
        let chainID = try await results([Call("eth_chainId")], as: RPCQuantity.self)[0].value
        let saysSyncing = try await results([Call("eth_syncing")], as: RPCSyncing.self)[0].isSyncing
        let code = try await results(
            contracts.map { Call("eth_getCode", [.string($0.description), .string("latest")]) }, as: RPCBytes.self)
        return Identity(chainID: chainID, saysSyncing: saysSyncing, haveCode: code.map { !$0.bytes.isEmpty })
    }

    /// The head of the source's chain. The call is not retried, because the follower asks again anyway.
    ///
    /// - Throws: ``RPCFailure`` if the call has no result.
    package func head() async throws(RPCFailure) -> HostBlock {
        let call = Call("eth_getBlockByNumber", [.string("latest"), .flag(false)])
        return try await results([call], as: RPCBlock.self, attempts: 1)[0].block
    }

    /// The blocks with these numbers in order; nil for a number without a block at the source.
    ///
    /// - Throws: ``RPCFailure`` for the first call that has no result, and for a block with another number than asked
    ///   for.
    package func blocks(_ range: ClosedRange<BlockNumber>) async throws(RPCFailure) -> [HostBlock?] {
        let numbers = (0...range.upperBound.blocks(since: range.lowerBound)).map { range.lowerBound.adding($0) }
        let calls = numbers.map { Call("eth_getBlockByNumber", [$0.parameter, .flag(false)]) }
        let blocks = try await results(calls, as: RPCBlock?.self, largestBody: Self.largestList).map { $0?.block }
        for (number, block) in zip(numbers, blocks) {
            if let block, block.number != number {
                throw .contradiction(method: "eth_getBlockByNumber", "block \(block.number), not \(number)")
            }
        }
        return blocks
    }

    /// The logs of each of these blocks, by its hash. The calls are not retried: the logs wait for the next head.
    ///
    /// - Throws: ``RPCFailure`` for the first call that has no result.
    package func logs(
        of blocks: [HostBlock], from address: EthereumAddress, topics: [Hash32]
    ) async throws(RPCFailure) -> [[PlacedLog]] {
        let calls = blocks.map { Self.logs(from: address, topics, ["blockHash": .string($0.hash.description)]) }
        return try await results(calls, as: [RPCLog].self, attempts: 1, largestBody: Self.largestList)
            .map { $0.map(\.placed) }
    }

    /// The logs of the blocks with these numbers on the source's chain. The call is not retried, because a smaller
    /// range may succeed.
    ///
    /// - Throws: ``RPCFailure`` if the call has no result.
    package func logs(
        in range: ClosedRange<BlockNumber>, from address: EthereumAddress, topics: [Hash32]
    ) async throws(RPCFailure) -> [PlacedLog] {
        let call = Self.logs(
            from: address, topics, ["fromBlock": range.lowerBound.parameter, "toBlock": range.upperBound.parameter])
        return try await results([call], as: [RPCLog].self, attempts: 1, largestBody: Self.largestList)[0]
            .map(\.placed)
    }

    /// Calls contracts without a transaction, all at one block. Returns the results in order, each with its own
    /// failure.
    ///
    /// The block is given by its hash. If a source refuses that for every call, with any code, the block is given by
    /// its number, and its hash is read before and after the calls. A difference is ``RPCFailure/otherBlock(method:)``.
    /// A source that answers by number is not asked by hash again.
    ///
    /// - Throws: ``RPCFailure`` if no call has a result.
    package func call(
        _ calls: [(to: EthereumAddress, data: Bytes)], at block: BlockReference
    ) async throws(RPCFailure) -> [Result<CallResult, RPCFailure>] {
        func requests(at place: JSONParameter) -> [Call] {
            calls.map { to, data in
                Call(
                    "eth_call",
                    [.object(["to": .string(to.description), "data": .string(data.prefixedHex)]), place])
            }
        }
        if namesBlocksByHash {
            let replies = try await replies(
                requests(at: .object(["blockHash": .string(block.hash.description)])), as: RPCBytes.self)
            let refusals = replies.compactMap { reply in
                reply.serverError.flatMap { Self.revert($0) == nil && $0.code != Self.limitExceeded ? $0 : nil }
            }
            guard let error = refusals.first, refusals.count == calls.count else { return replies.map(Self.result) }
            guard try await blocks(block.number...block.number)[0]?.reference == block else {
                // A source without the block is right to refuse.
                throw error.code == Self.invalidParams
                    ? .otherBlock(method: "eth_call") : .call(method: "eth_call", .error(error))
            }
        } else {
            try await checkNumber(of: block)
        }
        let replies = try await replies(requests(at: block.number.parameter), as: RPCBytes.self)
        try await checkNumber(of: block)
        let results = replies.map(Self.result)
        if results.contains(where: { if case .success = $0 { true } else { false } }) { namesBlocksByHash = false }
        return results
    }

    private func checkNumber(of block: BlockReference) async throws(RPCFailure) {
        guard try await blocks(block.number...block.number)[0]?.reference == block else {
            throw .otherBlock(method: "eth_call")
        }
    }

    private static func logs(
        from address: EthereumAddress, _ topics: [Hash32], _ place: [String: JSONParameter]
    ) -> Call {
        let filter: [String: JSONParameter] = [
            "address": .string(address.description), "topics": .list([.list(topics.map { .string($0.description) })]),
        ]
        return Call("eth_getLogs", [.object(filter.merging(place) { $1 })])
    }

    private static func result(_ reply: Reply<RPCBytes>) -> Result<CallResult, RPCFailure> {
        switch reply {
        case .success(let result): return .success(.returned(result.bytes))
        case .failure(let failure):
            guard let reason = failure.serverError.flatMap(revert) else {
                return .failure(.call(method: "eth_call", failure))
            }
            return .success(.reverted(reason))
        }
    }

    /// The reason of a revert. Nodes share no code and no text for a revert, but all return its data, if there is any.
    private static func revert(_ error: JSONRPCError) -> RevertReason? {
        if var text = error.data {
            let parity = "Reverted "
            if text.hasPrefix(parity) { text.removeFirst(parity.count) }
            if text.hasPrefix("0x"), let data = try? Bytes(hex: text) { return RevertReason(data) }
        }
        return error.code == executionReverted ? .empty : nil
    }

    private func results<Value: Decodable & Sendable>(
        _ calls: [Call], as _: Value.Type, attempts: Int? = nil, largestBody: Int = JSONRPCClient.largestBody
    ) async throws(RPCFailure) -> [Value] {
        let replies = try await replies(calls, as: Value.self, attempts: attempts, largestBody: largestBody)
        var results: [Value] = []
        for (call, reply) in zip(calls, replies) {
            do {
                results.append(try reply.get())
            } catch {
                throw .call(method: call.method, error)
            }
        }
        return results
    }

    private func replies<Value: Decodable & Sendable>(
        _ calls: [Call], as _: Value.Type, attempts: Int? = nil, largestBody: Int = JSONRPCClient.largestBody
    ) async throws(RPCFailure) -> [Reply<Value>] {
        var replies: [Reply<Value>] = []
        for first in stride(from: 0, to: calls.count, by: limits.batchSize) {
            let batch = Array(calls[first..<min(first + limits.batchSize, calls.count)])
            replies += try await exchange(batch, attempts: attempts ?? limits.attempts, largestBody)
        }
        return replies
    }

    private func exchange<Value: Decodable & Sendable>(
        _ calls: [Call], attempts: Int, _ largestBody: Int
    ) async throws(RPCFailure) -> [Reply<Value>] {
        var backoff = Backoff(first: limits.firstWait, longest: .seconds(5))
        var attempt = 0
        while true {
            attempt += 1
            try await wait(pace.book(at: start.duration(to: clock.now)))
            do {
                let replies: [Reply<Value>] = try await client.batch(calls, largestBody: largestBody)
                count(replies, of: calls)
                let isThrottled = replies.contains { $0.serverError?.code == Self.limitExceeded }
                if !isThrottled || attempt >= attempts { return replies }
            } catch {
                guard error.isTransient, attempt < attempts else { throw .call(method: calls[0].method, error) }
            }
            try await wait(backoff.next(jitter: .random(in: 0...1)))
        }
    }

    private func count<Value>(_ replies: [Reply<Value>], of calls: [Call]) {
        for (call, reply) in zip(calls, replies) {
            if let error = reply.serverError, Self.revert(error) == nil { refusals[call.method, default: 0] += 1 }
        }
    }

    private func wait(_ duration: Duration) async throws(RPCFailure) {
        guard duration > .zero else { return }
        do {
            try await clock.sleep(for: duration)
        } catch {
            throw .cancelled
        }
    }
}

extension BlockNumber {
    /// The number as a quantity of the RPC interface.
    fileprivate var parameter: JSONParameter { .string("0x" + String(rawValue, radix: 16)) }
}

extension JSONRPCFailure {
    fileprivate var serverError: JSONRPCError? {
        guard case .error(let error) = self else { return nil }
        return error
    }
}

extension Result where Failure == JSONRPCFailure {
    fileprivate var serverError: JSONRPCError? {
        guard case .failure(let failure) = self else { return nil }
        return failure.serverError
    }
}
