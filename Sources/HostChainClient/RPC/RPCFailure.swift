package import JSONRPC

/// Why a source gave no usable answer.
package enum RPCFailure: Error, Hashable, Sendable {
    /// The call has no result: silence, an error that is no revert, or an answer of another form than the method's.
    case call(method: String, JSONRPCFailure)
    /// The answer has the method's form, but cannot be one to this question.
    case contradiction(method: String, String)
    /// Under the number asked at, the source has another block than named.
    case otherBlock(method: String)
    /// Whoever asked no longer waits.
    case cancelled
}
