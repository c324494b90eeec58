import NIOCore
import NIOHTTP1
import NIOPosix
package import Primitives

/// The response of a scripted server to a request.
package enum LoopbackAnswer: Sendable {
    case body(Bytes, status: Int = 200, headers: [String: String] = [:])
    /// A body that arrives byte by byte, with a pause before each byte.
    case drip(Bytes, pause: Duration)
    /// The connection is closed without an answer.
    case drop
    /// Nothing is ever sent.
    case hang
}

/// A request as a scripted server reads it.
package struct LoopbackRequest: Sendable {
    package let body: Bytes
    /// The value of `Authorization`.
    package let authorization: String?
}

/// Serves HTTP on a free port of the loopback interface for the duration of `body`, which gets the address.
package func withLoopbackServer<Result: Sendable>(
    _ answer: @Sendable @escaping (Bytes) async -> LoopbackAnswer,
    _ body: @Sendable @escaping (String) async throws -> Result
) async throws -> Result {
    try await withRequestServer({ await answer($0.body) }, body)
}

/// As ``withLoopbackServer(_:_:)``, for answers that depend on the request's headers.
package func withRequestServer<Result: Sendable>(
    _ answer: @Sendable @escaping (LoopbackRequest) async -> LoopbackAnswer,
    _ body: @Sendable @escaping (String) async throws -> Result
) async throws -> Result {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        // Each channel's own task wraps it. A wrapped channel that no task takes when the server stops would be a
        // crash.
        .childChannelOption(.autoRead, value: false)
        .bind(host: "127.0.0.1", port: 0) { $0.eventLoop.makeSucceededFuture($0) }
    let port = server.channel.localAddress?.port ?? 0
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            try await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { handlers in
                    for try await channel in connections {
                        // A client that disconnects is not a failure of the server.
                        handlers.addTask { try? await serve(channel, answer) }
                    }
                }
            }
            return nil
        }
        group.addTask { try await body("http://127.0.0.1:\(port)/") }
        defer { group.cancelAll() }
        while let finished = try await group.next() {
            if let result = finished { return result }
        }
        throw CancellationError()
    }
}

private func serve(
    _ channel: any Channel, _ answer: @Sendable (LoopbackRequest) async -> LoopbackAnswer
) async throws {
    let connection = try await channel.eventLoop.submit {
        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
        try channel.pipeline.syncOperations.addHandler(ResponseBufferHandler())
        return try NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>(
            wrappingChannelSynchronously: channel)
    }.get()
    try await channel.setOption(.autoRead, value: true).get()
    try await connection.executeThenClose { parts, writer in
        var request = Bytes()
        var authorization: String?
        for try await part in parts {
            switch part {
            case .head(let head):
                request = []
                authorization = head.headers.first(name: "authorization")
            case .body(let buffer): request.append(contentsOf: buffer.readableBytesView)
            case .end:
                switch await answer(LoopbackRequest(body: request, authorization: authorization)) {
                case .drop: return
                case .hang: try await Task.sleep(for: .seconds(600))
                case .drip(let bytes, let pause):
                    let headers: HTTPHeaders = ["content-length": "\(bytes.count)"]
                    try await writer.write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)))
                    for byte in bytes {
                        try await Task.sleep(for: pause)
                        try await writer.write(.body(ByteBuffer(bytes: [byte])))
                    }
                    try await writer.write(.end(nil))
                case .body(let bytes, let status, let more):
                    var headers: HTTPHeaders = ["content-length": "\(bytes.count)"]
                    for (name, value) in more { headers.add(name: name, value: value) }
                    try await writer.write(
                        .head(
                            HTTPResponseHead(
                                version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)))
                    try await writer.write(.body(ByteBuffer(bytes: bytes)))
                    try await writer.write(.end(nil))
                }
            }
        }
    }
}

/// Lets responses be written as buffers, which can be passed between tasks.
private final class ResponseBufferHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPServerResponsePart =
            switch unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let buffer): .body(.byteBuffer(buffer))
            case .end(let trailers): .end(trailers)
            }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
