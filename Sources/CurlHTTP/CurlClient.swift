import CCurl
import Foundation
import Synchronization

/// HTTP by libcurl's multi interface: one thread owns the handle, callers await (docs/dependencies.md).
///
/// Connections are kept alive and shared by all transfers. Redirects are off; each request has a deadline. Nothing is
/// repeated here: who knows that a call is idempotent repeats it.
package final class CurlClient: Sendable {
    private let engine: CurlEngine

    /// Starts the thread. `connections` bounds how many are open at once.
    package init(connections: Int = 32) { engine = CurlEngine(connections: connections) }

    deinit { engine.shutDown() }

    /// Ends the thread; transfers under way fail as cancelled. Calls after it fail at once.
    package func shutDown() { engine.shutDown() }

    /// Makes a request and waits for the answer, at most as long as it allows.
    ///
    /// - Throws: ``HTTPFailure`` where no whole answer came in time; an answer of any status is one.
    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://"),
            !request.url.drop(while: { $0 != "/" }).dropFirst(2).prefix(while: { $0 != "/" }).contains("@")
        else { throw .url(request.url) }
        let transfer = CurlTransfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                engine.start(transfer)
                // A task cancelled before its transfer began told an engine that did not know it yet.
                if Task.isCancelled { engine.cancel(transfer.id) }
            }
        } onCancel: {
            engine.cancel(transfer.id)
        }
        return try result.get()
    }
}

/// One request on its way. The thread of the engine alone touches it once it is started.
final class CurlTransfer: @unchecked Sendable {
    // Sendable: made by the caller, handed over through the engine's lock, and from then on used by one thread only.
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

    /// Counts a header line; a number other than the line's makes the library stop.
    func takeHeader(_ count: Int) -> Int {
        headerBytes += count
        guard headerBytes <= Self.largestHeaders else {
            isTooLarge = true
            return 0
        }
        return count
    }

    /// Takes a piece of the body; a number other than the piece's makes the library stop.
    func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= request.largestBody else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }
}
