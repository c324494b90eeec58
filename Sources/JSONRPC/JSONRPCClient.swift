package import CurlHTTP
import Foundation
import Primitives
import Synchronization

/// JSON-RPC 2.0 over HTTP, alone or in batches; ids are matched, in whatever order the answers come.
package final class JSONRPCClient: Sendable {
    /// One call of a batch.
    package struct Call: Sendable {
        package let method: String
        package let parameters: [JSONParameter]

        /// Describes a call.
        package init(_ method: String, _ parameters: [JSONParameter] = []) {
            self.method = method
            self.parameters = parameters
        }
    }

    private let http: CurlClient
    private let url: String
    private let headers: [String]
    private let timeoutMilliseconds: Int
    private let largestBody: Int
    private let ids = Atomic<UInt64>(0)

    /// Speaks to one server. `authorization` is the value of that header, read from a file by the caller.
    package init(
        http: CurlClient, url: String, authorization: String? = nil, timeoutMilliseconds: Int = 10_000,
        largestBody: Int = 64 << 20
    ) {
        self.http = http
        self.url = url
        headers = ["Content-Type: application/json"] + (authorization.map { ["Authorization: " + $0] } ?? [])
        self.timeoutMilliseconds = timeoutMilliseconds
        self.largestBody = largestBody
    }

    /// Makes one call.
    package func call<Value: Decodable & Sendable>(
        _ method: String, _ parameters: [JSONParameter] = [], as _: Value.Type = Value.self
    ) async throws(JSONRPCFailure) -> Value {
        let id = ids.add(1, ordering: .relaxed).newValue
        let response = try await post(Request(id: id, method: method, params: parameters))
        let answer: JSONRPCAnswer<Value> = try decode(response)
        guard answer.id == id else { throw .malformed("answer to call \(answer.id), not \(id)") }
        return try result(answer)
    }

    /// Makes several calls in one request; the results come in the order of the calls, each with its own failure.
    package func batch<Value: Decodable & Sendable>(
        _ calls: [Call], as _: Value.Type = Value.self
    ) async throws(JSONRPCFailure) -> [Result<Value, JSONRPCFailure>] {
        guard !calls.isEmpty else { return [] }
        let first = ids.add(UInt64(calls.count), ordering: .relaxed).oldValue + 1
        let requests = calls.enumerated().map { index, call in
            Request(id: first + UInt64(index), method: call.method, params: call.parameters)
        }
        let response = try await post(requests)
        let answers: [JSONRPCAnswer<Value>] = try decode(response)
        var byID: [UInt64: JSONRPCAnswer<Value>] = [:]
        for answer in answers {
            guard byID.updateValue(answer, forKey: answer.id) == nil else {
                throw .malformed("two answers to call \(answer.id)")
            }
        }
        return requests.map { request in
            guard let answer = byID[request.id] else { return .failure(.malformed("no answer to call \(request.id)")) }
            return answer.outcome.mapError { .error($0) }
        }
    }

    private struct Request: Encodable {
        var jsonrpc = "2.0"
        let id: UInt64
        let method: String
        let params: [JSONParameter]
    }

    private func post(_ body: some Encodable) async throws(JSONRPCFailure) -> HTTPResponse {
        let bytes: Bytes
        do {
            bytes = Bytes(try JSONEncoder().encode(body))
        } catch {
            preconditionFailure("texts, numbers and lists of them always encode: \(error)")
        }
        do throws(HTTPFailure) {
            return try await http.send(
                HTTPRequest(
                    url: url, body: bytes, headers: headers, timeoutMilliseconds: timeoutMilliseconds,
                    largestBody: largestBody))
        } catch {
            throw .transport(error)
        }
    }

    private func decode<Answer: Decodable>(_ response: HTTPResponse) throws(JSONRPCFailure) -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(response.body))
        } catch {
            // Some servers answer errors with a status of their own and a body of the protocol, others with a page.
            guard (200..<300).contains(response.status) else { throw .status(response.status) }
            throw .malformed("\(error)")
        }
    }

    private func result<Value>(_ answer: JSONRPCAnswer<Value>) throws(JSONRPCFailure) -> Value {
        switch answer.outcome {
        case .success(let value): return value
        case .failure(let error): throw .error(error)
        }
    }
}
