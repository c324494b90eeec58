package import Coordination
package import Ethereum
package import Primitives
package import WalletActions

/// Asks one Ethereum node, in the terms of the host chain.
///
/// All calls are reads, so all may be repeated: silence and throttling are retried with growing waits. What comes back
/// is checked against the question before it is believed.
package actor EthereumRPC {
    /// How a source is treated.
    package struct Limits: Hashable, Sendable {
        /// The largest number of calls of one request.
        package let batchSize: Int
        package let requestsPerSecond: Int
        /// How often a request is sent at most.
        package let attempts: Int
        package let backoff: Backoff

        /// Sets limits; each number is at least 1.
        package init(
            batchSize: Int = 50, requestsPerSecond: Int = 20, attempts: Int = 3,
            backoff: Backoff = Backoff(first: .milliseconds(100), limit: .seconds(5))
        ) {
            precondition(batchSize > 0 && attempts > 0, "a source that is asked nothing answers nothing")
            self.batchSize = batchSize
            self.requestsPerSecond = requestsPerSecond
            self.attempts = attempts
            self.backoff = backoff
        }
    }

    /// What a call of a contract gave.
    package enum CallResult: Hashable, Sendable {
        case returned(Bytes)
        case reverted(RevertReason)
    }

    private static let invalidParams = -32602
    private static let limitExceeded = -32005
    private static let executionReverted = 3

    private let transport: any EthereumTransport
    private let limits: Limits
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var pace: RequestPace
    /// Whether the source takes a block hash as the place of a call (EIP-1898); true until it refuses one.
    private var namesBlocksByHash = true
    /// How often the source refused, by method (durability-and-events.md HC10).
    package private(set) var refusals: [String: Int] = [:]

    /// Asks the source behind a transport.
    package init(transport: any EthereumTransport, limits: Limits = Limits()) {
        self.transport = transport
        self.limits = limits
        start = clock.now
        pace = RequestPace(perSecond: limits.requestsPerSecond)
    }

    /// Who the source is: its chain, whether it is still syncing, and whether each of the contracts has code.
    package func identity(
        contracts: [EthereumAddress]
    ) async throws(RPCFailure) -> (chainID: UInt64, isSyncing: Bool, haveCode: [Bool]) {
        let code = contracts.map { EthereumCall("eth_getCode", [.string($0.description), .string("latest")]) }
        let replies = try await results(of: [EthereumCall("eth_chainId"), EthereumCall("eth_syncing")] + code)
        let chainID = try field("eth_chainId") { () throws(FieldFailure) in try replies[0].quantity("chain id") }
        let haveCode = try field("eth_getCode") { () throws(FieldFailure) in
            var codes: [Bool] = []
            for reply in replies.dropFirst(2) { codes.append(!(try reply.data("code").isEmpty)) }
            return codes
        }
        return (chainID, replies[1] != .bool(false), haveCode)
    }

    /// The head of the source's chain. Not retried: who follows it asks again anyway.
    package func head() async throws(RPCFailure) -> HostBlock {
        let method = "eth_getBlockByNumber"
        let replies = try await results(of: [EthereumCall(method, [.string("latest"), .bool(false)])], attempts: 1)
        let block = try field(method) { () throws(FieldFailure) in try replies[0].block() }
        guard let block else { throw .malformed(method: method, "no latest block") }
        return block
    }

    /// The blocks of these numbers in order; nil for a number that the source has no block of.
    package func blocks(_ range: ClosedRange<BlockNumber>) async throws(RPCFailure) -> [HostBlock?] {
        let method = "eth_getBlockByNumber"
        let numbers = (0...range.upperBound.blocks(since: range.lowerBound)).map { range.lowerBound.adding($0) }
        let replies = try await results(of: numbers.map { EthereumCall(method, [$0.quantity, .bool(false)]) })
        var blocks: [HostBlock?] = []
        for (number, reply) in zip(numbers, replies) {
            let block = try field(method) { () throws(FieldFailure) in try reply.block() }
            guard block == nil || block?.number == number else {
                throw .malformed(method: method, "another block than \(number)")
            }
            blocks.append(block)
        }
        return blocks
    }

    /// The logs of each of these blocks, asked for by its hash. Not retried: they wait for the next head.
    package func logs(
        of blocks: [HostBlock], from address: EthereumAddress, topics: [Hash32]
    ) async throws(RPCFailure) -> [[PlacedLog]] {
        try await logs(
            blocks.map { Self.filter(address, topics, ["blockHash": .string($0.hash.description)]) })
    }

    /// The logs of the blocks of these numbers on the source's chain. Not retried: a smaller range may do better.
    package func logs(
        in range: ClosedRange<BlockNumber>, from address: EthereumAddress, topics: [Hash32]
    ) async throws(RPCFailure) -> [PlacedLog] {
        try await logs(
            [
                Self.filter(
                    address, topics, ["fromBlock": range.lowerBound.quantity, "toBlock": range.upperBound.quantity])
            ])[0]
    }

    /// Calls contracts without a transaction, all at one block, and gives the results in order.
    ///
    /// The block is named by its hash. For a source that refuses that it is named by its number, and the hash is asked
    /// for before and after: a difference is ``RPCFailure/otherBlock(method:)``.
    package func call(
        _ calls: [(to: EthereumAddress, data: Bytes)], at block: Verdict.BlockRead
    ) async throws(RPCFailure) -> [CallResult] {
        let method = "eth_call"
        func requests(at place: JSONValue) -> [EthereumCall] {
            calls.map { call in
                EthereumCall(
                    method,
                    [
                        .object(["to": .string(call.to.description), "data": .string(call.data.prefixedHex)]), place,
                    ])
            }
        }
        if namesBlocksByHash {
            let replies = try await replies(
                to: requests(at: .object(["blockHash": .string(block.hash.description)])))
            if !replies.contains(where: { $0.code == Self.invalidParams }) {
                return try callResults(replies)
            }
            namesBlocksByHash = false
        }
        let check = EthereumCall("eth_getBlockByNumber", [block.number.quantity, .bool(false)])
        let replies = try await replies(to: [check] + requests(at: block.number.quantity) + [check])
        for reply in [replies[0], replies[replies.count - 1]] {
            let result = try result(reply, of: check.method)
            let found = try field(check.method) { () throws(FieldFailure) in try result.block() }
            guard found?.read == block else { throw .otherBlock(method: method) }
        }
        return try callResults(Array(replies.dropFirst().dropLast()))
    }

    private static func filter(
        _ address: EthereumAddress, _ topics: [Hash32], _ place: [String: JSONValue]
    ) -> EthereumCall {
        let filter: [String: JSONValue] = [
            "address": .string(address.description),
            "topics": .array([.array(topics.map { .string($0.description) })]),
        ]
        return EthereumCall("eth_getLogs", [.object(filter.merging(place) { $1 })])
    }

    private func logs(_ calls: [EthereumCall]) async throws(RPCFailure) -> [[PlacedLog]] {
        var answers: [[PlacedLog]] = []
        for reply in try await results(of: calls, attempts: 1) {
            answers.append(
                try field("eth_getLogs") { () throws(FieldFailure) in
                    var logs: [PlacedLog] = []
                    for log in try reply.list("logs") { logs.append(try log.log()) }
                    return logs
                })
        }
        return answers
    }

    private func callResults(_ replies: [EthereumReply]) throws(RPCFailure) -> [CallResult] {
        var results: [CallResult] = []
        for reply in replies {
            switch reply {
            case .result(let value):
                results.append(.returned(try field("eth_call") { () throws(FieldFailure) in try value.data("result") }))
            case .error(let code, let message, let data):
                guard let reason = Self.revert(code: code, data: data) else {
                    throw .refused(method: "eth_call", code: code, message: message)
                }
                results.append(.reverted(reason))
            }
        }
        return results
    }

    /// A revert's reason. Nodes agree on no code and no text for a revert, but all of them give its data, if it has any.
    private static func revert(code: Int, data: JSONValue?) -> RevertReason? {
        if let data, case .string(var text) = data {
            let parity = "Reverted "
            if text.hasPrefix(parity) { text.removeFirst(parity.count) }
            if let bytes = try? JSONValue.string(text).data("data") { return RevertReason(bytes) }
        }
        return code == executionReverted ? .empty : nil
    }

    private func results(
        of calls: [EthereumCall], attempts: Int? = nil
    ) async throws(RPCFailure) -> [JSONValue] {
        let replies = try await replies(to: calls, attempts: attempts)
        var results: [JSONValue] = []
        for (call, reply) in zip(calls, replies) { results.append(try result(reply, of: call.method)) }
        return results
    }

    private func result(_ reply: EthereumReply, of method: String) throws(RPCFailure) -> JSONValue {
        switch reply {
        case .result(let value): return value
        case .error(let code, let message, _): throw .refused(method: method, code: code, message: message)
        }
    }

    private func field<Value>(
        _ method: String, _ read: () throws(FieldFailure) -> Value
    ) throws(RPCFailure) -> Value {
        do {
            return try read()
        } catch {
            throw .malformed(method: method, "\(error)")
        }
    }

    private func replies(
        to calls: [EthereumCall], attempts: Int? = nil
    ) async throws(RPCFailure) -> [EthereumReply] {
        var replies: [EthereumReply] = []
        for first in stride(from: 0, to: calls.count, by: limits.batchSize) {
            let batch = Array(calls[first..<min(first + limits.batchSize, calls.count)])
            replies += try await exchange(batch, attempts: attempts ?? limits.attempts)
        }
        return replies
    }

    private func exchange(
        _ calls: [EthereumCall], attempts: Int
    ) async throws(RPCFailure) -> [EthereumReply] {
        var failures = 0
        while true {
            let attempt: Result<[EthereumReply], RPCFailure>
            try await wait(pace.book(calls.count, at: start.duration(to: clock.now)))
            do {
                attempt = .success(try await transport.exchange(calls))
            } catch {
                attempt = .failure(error)
            }
            failures += 1
            let isLast = failures >= attempts
            switch attempt {
            case .success(let replies):
                for (call, reply) in zip(calls, replies) {
                    if case .error(let code, _, let data) = reply, Self.revert(code: code, data: data) == nil {
                        refusals[call.method, default: 0] += 1
                    }
                }
                if isLast || !replies.contains(where: { $0.code == Self.limitExceeded }) { return replies }
            case .failure(let failure):
                guard case .silent = failure, !isLast else { throw failure }
            }
            try await wait(limits.backoff.delay(after: failures))
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

extension EthereumReply {
    /// The code of an error.
    fileprivate var code: Int? {
        guard case .error(let code, _, _) = self else { return nil }
        return code
    }
}
