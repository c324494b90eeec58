import CCurl
import Foundation
import Synchronization

/// HTTP by libcurl's multi interface: one thread owns the handle, and callers await (docs/dependencies.md).
///
/// Connections are kept alive and shared by all transfers. Redirects are off; each request has a deadline. The client
/// never repeats a request: the caller repeats it if the call is idempotent.
package final class CurlClient: Sendable {
    private let engine: CurlEngine

    /// Starts the thread. `connections` is the maximum number of open connections.
    package init(connections: Int = 32) { engine = CurlEngine(connections: connections) }

    deinit { engine.shutDown() }

    /// Ends the thread. Transfers under way fail as cancelled; later calls fail at once.
    package func shutDown() { engine.shutDown() }

    /// Makes a request and waits for the answer, at most until the request's deadline.
    ///
    /// - Throws: ``HTTPFailure`` if no complete answer came in time. An answer with any status is returned.
    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://"),
            !request.url.drop(while: { $0 != "/" }).dropFirst(2).prefix(while: { $0 != "/" }).contains("@")
        else { throw .url(request.url) }
        let transfer = CurlTransfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                engine.start(transfer)
                // A task that was cancelled before its transfer started had told the engine before the engine knew the
                // transfer.
                if Task.isCancelled { engine.cancel(transfer.id) }
            }
        } onCancel: {
            engine.cancel(transfer.id)
        }
        return try result.get()
    }
}

/// One request in progress. After its start only the engine's thread touches it.
final class CurlTransfer: @unchecked Sendable {
    // Sendable: the caller makes it and hands it over through the engine's lock. From then on one thread uses it.
    typealias Result = Swift.Result<HTTPResponse, HTTPFailure>

    private static let counter = Atomic<UInt64>(0)
    private static let largestHeaders = 64 << 10

    let id = CurlTransfer.counter.add(1, ordering: .relaxed).newValue
    let request: HTTPRequest
    var continuation: CheckedContinuation<Result, Never>?
    var body: [UInt8] = []
    var isTooLarge = false
    private var headerBytes = 0
    var headers: UnsafeMutablePointer<curl_slist>?

    init(_ request: HTTPRequest) { self.request = request }

    /// Answers the caller, once.
    func finish(_ result: Result) {
        continuation?.resume(returning: result)
        continuation = nil
    }

    /// Counts a header line. A return value other than the line's length makes the library stop.
    func takeHeader(_ count: Int) -> Int {
        headerBytes += count
        guard headerBytes <= Self.largestHeaders else {
            isTooLarge = true
            return 0
        }
        return count
    }

    /// Takes a piece of the body. A return value other than the piece's length makes the library stop.
    func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= request.largestBody else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }
}
