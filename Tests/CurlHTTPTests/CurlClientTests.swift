import CurlHTTP
import Primitives
import Synchronization
import TestKit
import Testing

/// The client against a server of this machine that behaves, and that does not.
@Suite(.serialized) struct CurlClientTests {
    private func request(_ url: String, timeout: Int = 10_000, largest: Int = 1 << 20) -> HTTPRequest {
        HTTPRequest(url: url, body: [1, 2, 3], timeoutMilliseconds: timeout, largestBody: largest)
    }

    @Test("Body and status come back whatever the status, again and again, many at once")
    func answers() async throws {
        try await withLoopbackServer({ .body($0.reversed(), status: 503) }) { url in
            let client = CurlClient()
            defer { client.shutDown() }
            let all = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                for _ in 0..<200 { group.addTask { try await client.send(request(url)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(all == Array(repeating: HTTPResponse(status: 503, body: [3, 2, 1]), count: 200))
        }
    }

    @Test("Silence ends at the deadline, a dropped connection at once, a larger body at its limit")
    func misbehaviour() async throws {
        let client = CurlClient()
        defer { client.shutDown() }
        try await withLoopbackServer({ _ in .hang }) { url in
            _ = await #expect(throws: HTTPFailure.timeout) { try await client.send(request(url, timeout: 300)) }
        }
        try await withLoopbackServer({ _ in .drop }) { url in
            let failure = await #expect(throws: HTTPFailure.self) { try await client.send(request(url)) }
            if case .broken = failure {
            } else {
                Issue.record("a dropped connection is broken: \(String(describing: failure))")
            }
        }
        try await withLoopbackServer({ _ in .body(Bytes(repeating: 7, count: 5_000)) }) { url in
            await #expect(throws: HTTPFailure.tooLarge(limit: 4_999)) {
                try await client.send(request(url, largest: 4_999))
            }
            let whole = try await client.send(request(url, largest: 5_000))
            #expect(whole.body.count == 5_000)
        }
    }

    @Test("A body that drips ends at the deadline, and headers without end at their limit")
    func drips() async throws {
        let client = CurlClient()
        defer { client.shutDown() }
        let clock = ContinuousClock()
        try await withLoopbackServer({ _ in .drip(Bytes(repeating: 7, count: 5_000), pause: .milliseconds(20)) }) {
            url in
            let start = clock.now
            await #expect(throws: HTTPFailure.timeout) { try await client.send(request(url, timeout: 500)) }
            #expect(clock.now - start < .seconds(10), "each byte gives no time of its own")
        }
        let headers = Dictionary(
            uniqueKeysWithValues: (0..<80).map { ("x-\($0)", String(repeating: "a", count: 1_000)) })
        try await withLoopbackServer({ _ in .body([], headers: headers) }) { url in
            _ = await #expect(throws: HTTPFailure.tooLarge(limit: 1 << 20)) { try await client.send(request(url)) }
        }
    }

    @Test("A server's wish to be asked later comes with its answer", arguments: ["7": 7, "0": nil, "soon": nil])
    func retryAfter(value: String, seconds: Int?) async throws {
        try await withLoopbackServer({ _ in .body([], status: 429, headers: ["retry-after": value]) }) { url in
            let client = CurlClient()
            defer { client.shutDown() }
            let answer = try await client.send(request(url))
            #expect(answer == HTTPResponse(status: 429, body: [], retryAfter: seconds))
        }
    }

    @Test("A redirect is an answer and is not followed")
    func redirects() async throws {
        let calls = Atomic<Int>(0)
        try await withLoopbackServer({ _ in
            calls.add(1, ordering: .relaxed)
            return .body([], status: 302)
        }) { url in
            let client = CurlClient()
            defer { client.shutDown() }
            let answer = try await client.send(request(url))
            #expect(answer.status == 302)
        }
        #expect(calls.load(ordering: .relaxed) == 1)
    }

    @Test(
        "Addresses that cannot be used are refused",
        arguments: [
            "", "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "http://user:secret@127.0.0.1/", "http://",
        ])
    func urls(url: String) async throws {
        let client = CurlClient()
        defer { client.shutDown() }
        await #expect(throws: HTTPFailure.url(url)) { try await client.send(request(url)) }
    }

    @Test("Where nobody listens the failure says so")
    func unreachable() async throws {
        let client = CurlClient()
        defer { client.shutDown() }
        await #expect(throws: HTTPFailure.unreachable) { try await client.send(request("http://127.0.0.1:1/")) }
    }

    @Test("A cancelled task and a client that is shut down end their transfers")
    func cancellation() async throws {
        try await withLoopbackServer({ _ in .hang }) { url in
            let client = CurlClient()
            let cancelled = Task { try await client.send(request(url)) }
            try await Task.sleep(for: .milliseconds(50))
            cancelled.cancel()
            await #expect(throws: HTTPFailure.cancelled) { try await cancelled.value }
            let before = Task { try await client.send(request(url)) }
            before.cancel()
            await #expect(throws: HTTPFailure.cancelled) { try await before.value }
            let waiting = Task { try await client.send(request(url)) }
            try await Task.sleep(for: .milliseconds(50))
            client.shutDown()
            await #expect(throws: HTTPFailure.cancelled) { try await waiting.value }
            await #expect(throws: HTTPFailure.cancelled) { try await client.send(request(url)) }
        }
    }
}
