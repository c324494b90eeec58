import CCurl
import Foundation
import Synchronization

/// The thread that owns the library's multi handle, and the lock through which it receives its work.
final class CurlEngine: @unchecked Sendable {
    // Sendable: the engine's thread uses `multi`. The one call made from other threads is curl_multi_wakeup, which the
    // library documents as safe from any thread. Everything else is behind the mutex or local to the thread.
    private struct Work {
        var starts: [CurlTransfer] = []
        var cancels: Set<UInt64> = []
        var isOver = false
    }

    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    private static let pollMilliseconds: Int32 = 1_000

    private let multi: UnsafeMutableRawPointer
    private let work = Mutex(Work())

    init(connections: Int) {
        precondition(Self.isReady, "the library initialises unless memory is exhausted")
        guard let multi = curl_multi_init() else { preconditionFailure("a multi handle is made unless memory is gone") }
        self.multi = multi
        _ = coord_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
        _ = coord_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        let thread = Thread { [self] in run() }
        thread.name = "curl"
        thread.start()
    }

    deinit { curl_multi_cleanup(multi) }

    func start(_ transfer: CurlTransfer) {
        let isTaken = work.withLock { work in
            guard !work.isOver else { return false }
            work.starts.append(transfer)
            return true
        }
        guard isTaken else { return transfer.finish(.failure(.cancelled)) }
        curl_multi_wakeup(multi)
    }

    func cancel(_ id: UInt64) {
        let isTaken = work.withLock { work in
            guard !work.isOver else { return false }
            work.cancels.insert(id)
            return true
        }
        if isTaken { curl_multi_wakeup(multi) }
    }

    func shutDown() {
        let isFirst = work.withLock { work in
            defer { work.isOver = true }
            return !work.isOver
        }
        if isFirst { curl_multi_wakeup(multi) }
    }

    // MARK: - The thread

    private func run() {
        var active: [UnsafeMutableRawPointer: CurlTransfer] = [:]
        while true {
            let (starts, cancels, isOver) = work.withLock { work in
                defer {
                    work.starts = []
                    work.cancels = []
                }
                return (work.starts, work.cancels, work.isOver)
            }
            for transfer in starts {
                // A cancel may arrive together with the start or before it. After completion it is forgotten.
                if isOver || cancels.contains(transfer.id) {
                    transfer.finish(.failure(.cancelled))
                } else if let easy = begin(transfer) {
                    active[easy] = transfer
                } else {
                    transfer.finish(.failure(.url(transfer.request.url)))
                }
            }
            for (easy, transfer) in active where isOver || cancels.contains(transfer.id) {
                active[easy] = nil
                end(easy, transfer, .failure(.cancelled))
            }
            if isOver { return }
            var running: Int32 = 0
            _ = curl_multi_perform(multi, &running)
            complete(&active)
            var events: Int32 = 0
            _ = curl_multi_poll(multi, nil, 0, Self.pollMilliseconds, &events)
        }
    }

    private func complete(_ active: inout [UnsafeMutableRawPointer: CurlTransfer]) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = active.removeValue(forKey: easy)
            else { continue }
            end(easy, transfer, outcome(coord_curl_result(message), easy, transfer))
        }
    }

    private func begin(_ transfer: CurlTransfer) -> UnsafeMutableRawPointer? {
        guard let easy = curl_easy_init() else { return nil }
        let request = transfer.request
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        // An empty Expect header keeps the library from waiting a second for "100 Continue" before larger bodies.
        for header in request.headers + ["Expect:"] {
            transfer.headers = curl_slist_append(transfer.headers, header) ?? transfer.headers
        }
        var codes = [
            coord_curl_set_string(easy, CURLOPT_URL, request.url),
            coord_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            coord_curl_set_long(easy, CURLOPT_NOSIGNAL, 1),
            coord_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0),
            coord_curl_set_long(easy, CURLOPT_TIMEOUT_MS, request.timeoutMilliseconds),
            coord_curl_set_list(easy, CURLOPT_HTTPHEADER, transfer.headers),
            coord_curl_set_write(
                easy,
                { bytes, size, count, context in
                    guard let context, let bytes else { return 0 }
                    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                    return transfer.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
                }, context),
            coord_curl_set_header(
                easy,
                { bytes, size, count, context in
                    guard let context else { return 0 }
                    return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeHeader(size * count)
                }, context),
        ]
        if let body = request.body {
            codes.append(coord_curl_set_long(easy, CURLOPT_POST, 1))
            codes.append(coord_curl_set_long(easy, CURLOPT_POSTFIELDSIZE, body.count))
            // The library copies the body, so the body need not outlive this call.
            codes.append(body.withUnsafeBytes { coord_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) })
        }
        guard codes.allSatisfy({ $0 == CURLE_OK }), curl_multi_add_handle(multi, easy) == CURLM_OK else {
            curl_slist_free_all(transfer.headers)
            transfer.headers = nil
            curl_easy_cleanup(easy)
            return nil
        }
        return easy
    }

    private func end(_ easy: UnsafeMutableRawPointer, _ transfer: CurlTransfer, _ result: CurlTransfer.Result) {
        curl_multi_remove_handle(multi, easy)
        curl_slist_free_all(transfer.headers)
        transfer.headers = nil
        curl_easy_cleanup(easy)
        transfer.finish(result)
    }

    private func outcome(
        _ code: CURLcode, _ easy: UnsafeMutableRawPointer, _ transfer: CurlTransfer
    ) -> CurlTransfer.Result {
        switch code {
        case CURLE_OK:
            var status = 0
            _ = coord_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            var seconds: curl_off_t = 0
            _ = coord_curl_get_offset(easy, CURLINFO_RETRY_AFTER, &seconds)
            return .success(
                HTTPResponse(status: status, body: transfer.body, retryAfter: seconds > 0 ? Int(seconds) : nil))
        case CURLE_OPERATION_TIMEDOUT: return .failure(.timeout)
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .failure(.unreachable)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .failure(.url(transfer.request.url))
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER:
            return .failure(.tls)
        case CURLE_WRITE_ERROR where transfer.isTooLarge:
            return .failure(.tooLarge(limit: transfer.request.largestBody))
        default: return .failure(.broken(code: Int(code.rawValue)))
        }
    }
}
