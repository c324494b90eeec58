package import JSONRPC

/// The reason for which a source gave no usable answer.
package enum RPCFailure: Error, Hashable, Sendable {
    /// The call has no result: no answer, an error that is not a revert, or an answer of another form than the
    /// method's.
    case call(method: String, JSONRPCFailure)
    /// The answer has the method's form but contradicts the question.
    case contradiction(method: String, String)
    /// The source has another block under this number than the one asked about.
    case otherBlock(method: String)
    /// The caller no longer waits.
    case cancelled
}
