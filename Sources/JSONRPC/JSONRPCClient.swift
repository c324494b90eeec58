package import CurlHTTP
import Foundation
import Primitives
import Synchronization

/// JSON-RPC 2.0 over HTTP, in single calls or batches. Answers are matched by id, in whatever order they come.
///
/// The client handles what every server may do at any time: it reads a changed password again, it asks a busy server
/// again within the request's deadline, and it halves a batch that is too large for the server.
package final class JSONRPCClient: Sendable {
    /// One call of a batch.
    package struct Call: Sendable {
        package let method: String
        package let parameters: [JSONParameter]
        /// Reads the result in a batch of calls with different result types; nil if all have the same type.
        let read: AnyResult.Reader?

        /// Makes a call of a batch whose calls have the same result type.
        package init(_ method: String, _ parameters: [JSONParameter] = []) {
            self.method = method
            self.parameters = parameters
            read = nil
        }

        /// Makes a call of a batch whose calls have different result types (``AnyResult``).
        package init<Value: Decodable & Sendable>(
            _ method: String, _ parameters: [JSONParameter], returning _: Value.Type
        ) {
            self.method = method
            self.parameters = parameters
            read = { decoder in AnyResult(Result { try Value(from: decoder) }) }
        }
    }

    /// Bytes of the largest answer, unless a call allows more.
    package static let largestBody = 1 << 20
    /// Milliseconds that a request may take, unless the source's configuration sets another value.
    package static let timeoutMilliseconds = 10_000
    private static let longestRest = Duration.seconds(60)
    private static let limitExceeded = -32005

    private let http: CurlClient
    private let url: String
    private let authorization: (@Sendable () -> String?)?
    private let timeout: Duration
    private let clock = ContinuousClock()
    private let ids = Atomic<UInt64>(0)
    private let state: Mutex<SourceState>

    /// Makes a client of one server. `authorization` returns the value of that header, nil if it cannot be read now. It
    /// is called once here, and again whenever the server refuses the value (401, 403), because Bitcoin Core writes a
    /// new cookie at each start.
    package init(
        http: CurlClient, url: String, authorization: (@Sendable () -> String?)? = nil,
        timeoutMilliseconds: Int = JSONRPCClient.timeoutMilliseconds
    ) {
        self.http = http
        self.url = url
        self.authorization = authorization
        timeout = .milliseconds(timeoutMilliseconds)
        state = Mutex(SourceState(authorization: authorization?()))
    }

    /// Makes one call. `timeout` is for the whole exchange, including repetitions.
    ///
    /// - Throws: ``JSONRPCFailure`` if the server did not answer in time, returned an error, or the result is not a
    ///   `Value`.
    package func call<Value: Decodable & Sendable>(
        _ method: String, _ parameters: [JSONParameter] = [], as _: Value.Type = Value.self,
        largestBody: Int = JSONRPCClient.largestBody, timeout: Duration? = nil
    ) async throws(JSONRPCFailure) -> Value {
        try await call(Call(method, parameters), largestBody, timeout ?? self.timeout)
    }

    private func call<Value: Decodable & Sendable>(
        _ call: Call, _ largestBody: Int, _ timeout: Duration
    ) async throws(JSONRPCFailure) -> Value {
        let id = ids.add(1, ordering: .relaxed).newValue
        let response = try await post(
            Request(id: id, method: call.method, params: call.parameters), largestBody, timeout)
        let answer: JSONRPCAnswer<Value> = try decode(response, readers: [id: call.read].compactMapValues(\.self))
        guard answer.id == id else { throw .malformed("answer to call \(answer.id), not \(id)") }
        return try answer.outcome.mapError { JSONRPCFailure.error($0) }.get()
    }

    /// Makes several calls, in one request if the server accepts as many. The results are in the order of the calls,
    /// each with its own failure. A batch that is refused as a whole is halved, down to single calls, and the accepted
    /// size is remembered. `largestBody` and the deadline hold for each request.
    ///
    /// - Throws: ``JSONRPCFailure`` if a request had no valid answer in time, or its batch was refused because of a
    ///   limit (error -32005).
    package func batch<Value: Decodable & Sendable>(
        _ calls: [Call], as _: Value.Type = Value.self, largestBody: Int = JSONRPCClient.largestBody
    ) async throws(JSONRPCFailure) -> [Result<Value, JSONRPCFailure>] {
        var results: [Result<Value, JSONRPCFailure>] = []
        while results.count < calls.count {
            let size = min(calls.count - results.count, state.withLock { $0.largestBatch })
            let part = calls[results.count..<results.count + size]
            if let answered: [Result<Value, JSONRPCFailure>] = try await exchange(part, largestBody) {
                results += answered
            } else {
                state.withLock { $0.largestBatch = min($0.largestBatch, size / 2) }
            }
        }
        return results
    }

    /// The results of one request; nil if the server refused a batch of this size.
    private func exchange<Value: Decodable & Sendable>(
        _ calls: ArraySlice<Call>, _ largestBody: Int
    ) async throws(JSONRPCFailure) -> [Result<Value, JSONRPCFailure>]? {
        if calls.count == 1, let call = calls.first {
            do throws(JSONRPCFailure) {
                return [.success(try await self.call(call, largestBody, timeout))]
            } catch {
                guard case .error = error else { throw error }
                return [.failure(error)]
            }
        }
        let first = ids.add(UInt64(calls.count), ordering: .relaxed).oldValue + 1
        let requests = zip(first..., calls).map { Request(id: $0, method: $1.method, params: $1.parameters) }
        let response = try await post(requests, largestBody, timeout)
        if response.status == 413 { return nil }
        let answers: [JSONRPCAnswer<Value>]
        let readers = Dictionary(
            uniqueKeysWithValues: zip(requests, calls).compactMap { request, call in call.read.map { (request.id, $0) }
            })
        switch try decode(response, readers: readers) as JSONRPCBatch<Value> {
        case .answers(let all): answers = all
        case .refused(let error):
            guard error.code != Self.limitExceeded else { throw .error(error) }
            return nil
        }
        var byID: [UInt64: JSONRPCAnswer<Value>] = [:]
        for answer in answers {
            guard byID.updateValue(answer, forKey: answer.id) == nil else {
                throw .malformed("two answers to call \(answer.id)")
            }
        }
        // A server that answers only the first call, with an error, has refused the batch (go-ethereum's rpc package).
        if answers.count == 1, case .failure? = byID[first]?.outcome { return nil }
        return requests.map { request in
            guard let answer = byID[request.id] else { return .failure(.malformed("no answer to call \(request.id)")) }
            return answer.outcome.mapError { JSONRPCFailure.error($0) }
        }
    }

    private struct Request: Encodable {
        var jsonrpc = "2.0"
        let id: UInt64
        let method: String
        let params: [JSONParameter]
    }

    // MARK: - HTTP

    /// Posts a request. Repeats it within the deadline while the server is busy, and once if the authorization has
    /// changed.
    private func post(
        _ body: some Encodable, _ largestBody: Int, _ timeout: Duration
    ) async throws(JSONRPCFailure) -> HTTPResponse {
        let bytes: Bytes
        do {
            bytes = Bytes(try JSONEncoder().encode(body))
        } catch {
            preconditionFailure("texts, numbers and lists of them always encode: \(error)")
        }
        let deadline = clock.now + timeout
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(5))
        var isRepeated = false
        while true {
            try await rest(before: deadline)
            let authorization = state.withLock { $0.authorization }
            let response = try await send(bytes, authorization, largestBody, deadline)
            switch response.status {
            case 401, 403:
                guard !isRepeated, readAgain(instead: authorization) else { throw .status(response.status) }
                isRepeated = true
            case 429, 503:
                let asked = response.retryAfter.map { min(.seconds($0), Self.longestRest) } ?? .zero
                let until = clock.now + max(asked, backoff.next(jitter: .random(in: 0...1)))
                state.withLock { $0.busy = (max(until, $0.busy?.until ?? until), response.status) }
            default: return response
            }
        }
    }

    /// Waits until the server's requested pause is over; throws at once if the pause lasts beyond the deadline.
    private func rest(before deadline: ContinuousClock.Instant) async throws(JSONRPCFailure) {
        while let (until, status) = state.withLock({ $0.busy }), clock.now < until {
            guard until < deadline else { throw .status(status) }
            do {
                try await clock.sleep(until: until)
            } catch {
                throw .transport(.cancelled)
            }
        }
    }

    private func send(
        _ body: Bytes, _ authorization: String?, _ largestBody: Int, _ deadline: ContinuousClock.Instant
    ) async throws(JSONRPCFailure) -> HTTPResponse {
        let left = Int((deadline - clock.now) / .milliseconds(1))
        guard left > 0 else { throw .transport(.timeout) }
        do throws(HTTPFailure) {
            return try await http.send(
                HTTPRequest(
                    url: url, body: body,
                    headers: ["Content-Type: application/json"]
                        + (authorization.map { ["Authorization: " + $0] } ?? []),
                    timeoutMilliseconds: left, largestBody: largestBody))
        } catch {
            throw .transport(error)
        }
    }

    /// Reads the authorization again; returns whether it differs from the refused one.
    private func readAgain(instead refused: String?) -> Bool {
        guard let fresh = authorization?() else { return false }
        state.withLock { $0.authorization = fresh }
        return fresh != refused
    }

    private func decode<Answer: Decodable>(
        _ response: HTTPResponse, readers: [UInt64: AnyResult.Reader]
    ) throws(JSONRPCFailure) -> Answer {
        guard JSONBounds.hold(for: response.body) else { throw .malformed("nested too deep, or too many values") }
        let decoder = JSONDecoder()
        if !readers.isEmpty { decoder.userInfo[.resultReaders] = readers }
        do {
            return try decoder.decode(Answer.self, from: Data(response.body))
        } catch {
            // Some servers return errors with an HTTP status and a body of the protocol, others with an HTML page.
            guard (200..<300).contains(response.status) else { throw .status(response.status) }
            throw .malformed(String("\(error)".prefix(JSONRPCError.longestMessage)))
        }
    }
}
