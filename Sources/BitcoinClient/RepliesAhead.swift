import JSONRPC
import Synchronization

/// Replies to calls that a question is about to make, fetched together in one request.
///
/// Each reply is used once: a question that repeats a call wants to know whether the tip moved meanwhile.
final class RepliesAhead: Sendable {
    private struct Key: Hashable {
        let method: String
        let parameters: [JSONParameter]
    }

    private let replies: Mutex<[Key: Result<AnyResult, JSONRPCFailure>]>

    /// Starts with the replies to these calls.
    init(_ calls: [JSONRPCClient.Call] = [], _ results: [Result<AnyResult, JSONRPCFailure>] = []) {
        replies = Mutex([:])
        add(calls, results)
    }

    /// Adds replies; `results` are in the order of the calls.
    func add(_ calls: [JSONRPCClient.Call], _ results: [Result<AnyResult, JSONRPCFailure>]) {
        replies.withLock { replies in
            for (call, result) in zip(calls, results) {
                replies[Key(method: call.method, parameters: call.parameters)] = result
            }
        }
    }

    /// Removes and returns the reply to a call; nil if it was not fetched ahead.
    func take(_ method: String, _ parameters: [JSONParameter]) -> Result<AnyResult, JSONRPCFailure>? {
        replies.withLock { $0.removeValue(forKey: Key(method: method, parameters: parameters)) }
    }
}
