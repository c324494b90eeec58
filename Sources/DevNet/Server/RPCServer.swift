import Foundation
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// JSON-RPC over HTTP on loopback: single calls and batches, answered by one function.
package struct RPCServer: Service {
    /// Answers a call, or throws an ``RPCError``.
    package typealias Handler = @Sendable (_ method: String, _ parameters: [JSON]) async throws(RPCError) -> JSON

    /// The bytes of the largest request.
    private static let largestRequest = 8 << 20

    private let port: Int
    private let handler: Handler
    private let logger: Logger
    private let bound: @Sendable (Int) async -> Void

    /// Listens on a port of 127.0.0.1; 0 picks a free one. `bound` is called with the port.
    package init(
        port: Int = 0, logger: Logger, bound: @escaping @Sendable (Int) async -> Void, handler: @escaping Handler
    ) {
        self.port = port
        self.logger = logger
        self.bound = bound
        self.handler = handler
    }

    /// Serves until the service is told to stop.
    ///
    /// - Throws: The error of the HTTP server, for example when the port is taken.
    package func run() async throws {
        let router = Router()
        router.post("/") { request, _ in
            let buffer = try await request.body.collect(upTo: Self.largestRequest)
            let answer = await answer(Data(buffer.readableBytesView))
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in await bound(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    private func answer(_ body: Data) async -> Data {
        let value: JSON
        do {
            value = try JSONDecoder().decode(JSON.self, from: body)
        } catch {
            return encoded(envelope(.null, .failure(RPCError(code: -32700, message: "parse error"))))
        }
        guard let calls = value.list else { return encoded(await answer(value)) }
        var answers: [JSON] = []
        for call in calls { answers.append(await answer(call)) }
        return encoded(.list(answers))
    }

    private func answer(_ call: JSON) async -> JSON {
        let id = call["id"] ?? .null
        guard let method = call["method"]?.text else {
            return envelope(id, .failure(RPCError(code: -32600, message: "invalid request")))
        }
        do throws(RPCError) {
            return envelope(id, .success(try await handler(method, call["params"]?.list ?? [])))
        } catch {
            return envelope(id, .failure(error))
        }
    }

    private func envelope(_ id: JSON, _ result: Result<JSON, RPCError>) -> JSON {
        var members: [String: JSON] = ["jsonrpc": .text("2.0"), "id": id]
        switch result {
        case .success(let value): members["result"] = value
        case .failure(let error):
            var object: [String: JSON] = [
                "code": .number(Decimal(error.code)), "message": .text(error.message),
            ]
            if let data = error.data { object["data"] = .text(data) }
            members["error"] = .object(object)
        }
        return .object(members)
    }

    private func encoded(_ value: JSON) -> Data {
        do {
            return try JSONEncoder().encode(value)
        } catch {
            preconditionFailure("every JSON value encodes: \(error)")
        }
    }
}
