import CurlHTTP
import Foundation
import JSONRPC
import Primitives
import TestKit
import Testing

/// The client against scripted answers; `ID` in a script stands for the id of the call.
@Suite(.serialized) struct JSONRPCClientTests {
    private struct Call: Decodable {
        let id: UInt64
        let method: String
    }

    /// Makes one call that is answered by a script.
    private func call<Value: Decodable & Sendable>(
        _ script: String, status: Int = 200, as _: Value.Type
    ) async throws -> Value {
        try await withLoopbackServer({ body in
            let id = (try? JSONDecoder().decode(Call.self, from: Data(body)))?.id ?? 0
            return .body(Bytes(script.replacingOccurrences(of: "ID", with: String(id)).utf8), status: status)
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            return try await JSONRPCClient(http: http, url: url).call("method", [.number(1)], as: Value.self)
        }
    }

    @Test("Results are read exactly: decimals, the largest numbers, and null where nothing may be")
    func results() async throws {
        #expect(
            try await call(#"{"jsonrpc":"2.0","id":ID,"result":20999999.97690001}"#, as: Decimal.self)
                == Decimal(string: "20999999.97690001"))
        #expect(
            try await call(#"{"id":ID,"result":18446744073709551615,"error":null}"#, as: UInt64.self) == UInt64.max)
        #expect(try await call(#"{"id":ID,"result":null}"#, as: String?.self) == nil)
        #expect(try await call(#"{"id":ID,"result":[1,2]}"#, as: [Int].self) == [1, 2])
    }

    @Test("Errors keep code, message and data, also under a status of their own")
    func errors() async throws {
        let cases = [
            (#"{"id":ID,"error":{"code":3,"message":"reverted","data":"0x08"}}"#, "0x08" as String?),
            (#"{"id":ID,"result":null,"error":{"code":3,"message":"reverted","data":{"data":"0x08"}}}"#, "0x08"),
            (#"{"id":ID,"error":{"code":3,"message":"reverted","data":17}}"#, nil),
            (#"{"id":ID,"error":{"code":3,"message":"reverted"}}"#, nil),
        ]
        for (script, data) in cases {
            for status in [200, 500] {
                let expected = JSONRPCFailure.error(JSONRPCError(code: 3, message: "reverted", data: data))
                await #expect(throws: expected) { try await call(script, status: status, as: String.self) }
            }
        }
    }

    @Test(
        "What is no answer of the protocol is told as such, and changes nothing",
        arguments: [
            "", "{", "[]", "null", "17", "\"text\"", #"{"id":ID}"#, #"{"result":1}"#, #"{"id":"x","result":1}"#,
            #"{"id":999999,"result":1}"#, #"{"id":ID,"result":1,"error":{"code":1,"message":""}}"#,
            #"{"id":ID,"error":17}"#, #"{"id":ID,"result":"text"}"#, #"{"id":ID,"result":1.5}"#,
            #"{"id":ID,"result":-1}"#, #"{"id":ID,"result":null}"#, "\u{0}\u{1}\u{2}",
            String(repeating: "[", count: 100_000),
        ])
    func malformed(script: String) async throws {
        let failure = await #expect(throws: JSONRPCFailure.self) { try await call(script, as: UInt64.self) }
        if case .malformed = failure {} else { Issue.record("\(script.prefix(40)): \(String(describing: failure))") }
    }

    @Test("A page instead of an answer is its status")
    func statuses() async throws {
        await #expect(throws: JSONRPCFailure.status(502)) {
            try await call("<html>", status: 502, as: UInt64.self)
        }
    }

    @Test("A batch is matched by id, in any order; a missing answer is that call's own failure")
    func batches() async throws {
        let results = try await withLoopbackServer({ body in
            let calls = (try? JSONDecoder().decode([Call].self, from: Data(body))) ?? []
            let answers = calls.reversed().filter { $0.method != "silent" }.map { call in
                call.method == "bad"
                    ? #"{"id":\#(call.id),"error":{"code":-5,"message":"no"}}"#
                    : #"{"id":\#(call.id),"result":"\#(call.method)"}"#
            }
            return .body(Bytes("[\(answers.joined(separator: ","))]".utf8))
        }) { url in
            let http = CurlClient()
            defer { http.shutDown() }
            let calls = ["a", "bad", "silent", "b"].map { JSONRPCClient.Call($0) }
            return try await JSONRPCClient(http: http, url: url).batch(calls, as: String.self)
        }
        #expect(results.count == 4)
        #expect(results[0] == .success("a") && results[3] == .success("b"))
        #expect(results[1] == .failure(.error(JSONRPCError(code: -5, message: "no", data: nil))))
        if case .failure(.malformed) = results[2] {} else { Issue.record("\(results[2])") }
    }

    @Test("Two answers to one call spoil a batch")
    func doubled() async throws {
        await #expect(throws: JSONRPCFailure.self) {
            try await withLoopbackServer({ body in
                let id = (try? JSONDecoder().decode([Call].self, from: Data(body)))?.first?.id ?? 0
                return .body(Bytes(#"[{"id":\#(id),"result":1},{"id":\#(id),"result":2}]"#.utf8))
            }) { url in
                let http = CurlClient()
                defer { http.shutDown() }
                return try await JSONRPCClient(http: http, url: url).batch([.init("x")], as: UInt64.self)
            }
        }
    }
}
