import CurlHTTP
import Foundation
import JSONRPC
import Primitives
import Synchronization
import TestKit
import Testing

/// Sources as they are: passwords that change, servers that are busy, batches that are too large, hostile answers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HardSourceTests {
    private struct Call: Decodable {
        let id: UInt64
        let method: String
    }

    private static func calls(_ body: Bytes) -> [Call] {
        let decoder = JSONDecoder()
        if let batch = try? decoder.decode([Call].self, from: Data(body)) { return batch }
        return (try? decoder.decode(Call.self, from: Data(body))).map { [$0] } ?? []
    }

    private static func good(_ body: Bytes) -> LoopbackAnswer {
        let calls = calls(body)
        let answers = calls.map { #"{"id":\#($0.id),"result":"\#($0.method)"}"# }
        return .body(Bytes((body.first == UInt8(ascii: "[") ? "[\(answers.joined(separator: ","))]" : answers[0]).utf8))
    }

    @Test("A refused password is read again, and the request repeated once with the new one", arguments: [401, 403])
    func rotation(status: Int) async throws {
        let requests = Atomic<Int>(0)
        let password = Mutex("old")
        let reads = Atomic<Int>(0)
        try await withRequestServer({ request in
            requests.add(1, ordering: .relaxed)
            return request.authorization == "new" ? Self.good(request.body) : .body([], status: status)
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(
                http: http, url: url,
                authorization: {
                    reads.add(1, ordering: .relaxed)
                    return password.withLock { $0 }
                })
            await #expect(throws: JSONRPCFailure.status(status)) { try await client.call("a", as: String.self) }
            #expect(requests.load(ordering: .relaxed) == 1, "the same password is not tried again")
            password.withLock { $0 = "new" }
            let answer = try await client.call("a", as: String.self)
            #expect(answer == "a")
            #expect(requests.load(ordering: .relaxed) == 3)
            let batch = try await client.batch([.init("b"), .init("c")], as: String.self)
            #expect(batch == [.success("b"), .success("c")])
            #expect(requests.load(ordering: .relaxed) == 4, "the new password is kept")
            #expect(reads.load(ordering: .relaxed) == 3)
        }
    }

    @Test("A source is said once to be in trouble and once to be well again, both where an operator reads them")
    func lines() {
        let lines = LogLines()
        let reports = SourceReports(logger: lines.logger, settle: .zero)
        let dead = Condition(reason: .sourceUnreachable, found: "no connection can be made", remedy: "start it")
        reports.well("core")
        for _ in 0..<100 { reports.bad("core", dead) }
        #expect(lines.all.map(\.message) == ["core: no connection can be made"])
        #expect(lines.all[0].level == "warning")
        #expect(lines.all[0].fields == ["reason": "source.unreachable", "do": "start it", "since": "0 s ago"])
        for _ in 0..<100 { reports.well("core") }
        #expect(lines.all.map(\.message) == ["core: no connection can be made", "core: well again"])
        #expect(lines.all[1].level == "notice")
        #expect(lines.all[1].fields == ["after": "0 s", "failures": "100"])
    }

    @Test("A busy server is asked again within the deadline, and all requests leave it alone as long as it asks")
    func busy() async throws {
        let requests = Atomic<Int>(0)
        let isBusy = Atomic<Bool>(true)
        try await withLoopbackServer({ body in
            let number = requests.add(1, ordering: .relaxed).newValue
            guard isBusy.load(ordering: .relaxed) else { return Self.good(body) }
            // Bitcoin Core says 503 without a Retry-After, providers say 429 with one.
            return number.isMultiple(of: 2)
                ? .body(Bytes("Work queue depth exceeded".utf8), status: 503)
                : .body([], status: 429, headers: ["retry-after": "1"])
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(http: http, url: url, timeoutMilliseconds: 3_000)
            let clock = ContinuousClock()
            let start = clock.now
            let failure = await #expect(throws: JSONRPCFailure.self) { try await client.call("a", as: String.self) }
            #expect(failure == .status(429) || failure == .status(503))
            #expect(clock.now - start < .seconds(4))
            let asked = requests.load(ordering: .relaxed)
            #expect((2...6).contains(asked), "\(asked) requests in 3 s")
            isBusy.store(false, ordering: .relaxed)
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await client.call("a", as: String.self) } }
                return try await group.reduce(into: 0) { count, _ in count += 1 }
            }
            #expect(answers == 20)
            #expect(requests.load(ordering: .relaxed) == asked + 20)
        }
    }

    @Test("A server that wants to be left alone beyond the deadline is, and the failure says so at once")
    func farAway() async throws {
        let requests = Atomic<Int>(0)
        try await withLoopbackServer({ _ in
            requests.add(1, ordering: .relaxed)
            return .body([], status: 429, headers: ["retry-after": "99999999999"])
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(http: http, url: url, timeoutMilliseconds: 20_000)
            for _ in 0..<10 {
                await #expect(throws: JSONRPCFailure.status(429)) { try await client.call("a", as: String.self) }
            }
            #expect(requests.load(ordering: .relaxed) == 1)
        }
    }

    /// How nodes refuse a batch of 142 calls; `ID` is the id of its first call.
    static let refusals: [(Int, String)] = [
        // Erigon, before and after its pull request 18260.
        (
            200,
            #"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"batch limit 100 exceeded: 142 requests"}}"#
        ),
        (200, #"[{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"batch limit 100 exceeded"}}]"#),
        // go-ethereum's rpc package: the first call alone is answered.
        (200, #"[{"jsonrpc":"2.0","id":ID,"error":{"code":-32600,"message":"batch too large"}}]"#),
        // jsonrpsee, which Reth uses.
        (200, #"{"jsonrpc":"2.0","error":{"code":-32010,"message":"The batch request was too large"},"id":null}"#),
        (400, #"{"jsonrpc":"2.0","error":{"code":-32600,"message":"batch size exceeded"},"id":null}"#),
        (413, "<html>Request Entity Too Large</html>"),
    ]

    @Test(
        "A batch that the server refuses as a whole goes in halves, down to single calls, and the size is kept",
        arguments: refusals.indices, [20, 1])
    func batchLimit(index: Int, limit: Int) async throws {
        let (status, text) = Self.refusals[index]
        let sizes = Mutex<[Int]>([])
        try await withLoopbackServer({ body in
            let calls = Self.calls(body)
            sizes.withLock { $0.append(calls.count) }
            guard calls.count > limit else { return Self.good(body) }
            let refusal = text.replacingOccurrences(of: "ID", with: String(calls[0].id))
            return .body(Bytes(refusal.utf8), status: status)
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(http: http, url: url)
            let calls = (0..<50).map { JSONRPCClient.Call("m\($0)") }
            let expected = calls.map { Result<String, JSONRPCFailure>.success($0.method) }
            let answers = try await client.batch(calls, as: String.self)
            #expect(answers == expected)
            let first = sizes.withLock { $0 }
            #expect(first.prefix(3) == [50, 25, 12])
            let again = try await client.batch(calls, as: String.self)
            #expect(again == expected)
            let second = sizes.withLock { $0.dropFirst(first.count) }
            #expect(second.allSatisfy { $0 <= limit }, "no larger batch is tried again: \(second)")
        }
    }

    @Test("A batch that is throttled as a whole is no batch that is too large")
    func throttledBatch() async throws {
        let error = JSONRPCError(code: -32005, message: "project ID request rate exceeded", data: nil)
        let requests = Atomic<Int>(0)
        try await withLoopbackServer({ body in
            requests.add(1, ordering: .relaxed)
            return .body(
                Bytes(#"{"id":null,"error":{"code":-32005,"message":"project ID request rate exceeded"}}"#.utf8))
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(http: http, url: url)
            await #expect(throws: JSONRPCFailure.error(error)) {
                try await client.batch([.init("a"), .init("b")], as: String.self)
            }
        }
        #expect(requests.load(ordering: .relaxed) == 1)
    }

    @Test(
        "An answer of too many brackets, objects or commas is refused before it is parsed",
        arguments: [
            ("[", 1_000_000, ""), (#"{"a":"#, 200_000, "1"), ("[],", 600_000, "[]"), ("1,", 1_100_000, "1"),
            (#"{"a":[{"b":"#, 16, "1"),
        ])
    func hostile(part: String, count: Int, end: String) async throws {
        try await withLoopbackServer({ body in
            let id = Self.calls(body).first?.id ?? 0
            let text = String(repeating: part, count: count) + end
            return .body(Bytes(#"{"id":\#(id),"result":"x","more":[\#(text)"#.utf8))
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(http: http, url: url)
            await #expect(throws: JSONRPCFailure.malformed("nested too deep, or too many values")) {
                try await client.call("a", as: String.self, largestBody: 8 << 20)
            }
            let failure = await #expect(throws: JSONRPCFailure.self) {
                try await client.batch([.init("a"), .init("b")], as: String.self, largestBody: 8 << 20)
            }
            #expect(failure == .malformed("nested too deep, or too many values"))
        }
    }

    @Test("Brackets and commas within a text count for nothing, and a server's words are cut")
    func texts() async throws {
        let text = String(repeating: #"[{,:\"\\"#, count: 100_000)
        try await withLoopbackServer({ body in
            let call = Self.calls(body)[0]
            return call.method == "long"
                ? .body(Bytes(#"{"id":\#(call.id),"result":"\#(text)"}"#.utf8))
                : .body(Bytes(#"{"id":\#(call.id),"error":{"code":-1,"message":"\#(text)"}}"#.utf8))
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let client = JSONRPCClient(http: http, url: url)
            let long = try await client.call("long", as: String.self)
            #expect(long.utf8.count == 600_000)
            do throws(JSONRPCFailure) {
                _ = try await client.call("words", as: String.self)
                Issue.record("an error is no result")
            } catch {
                guard case .error(let refusal) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(refusal.message.count == 300)
            }
        }
    }
}
