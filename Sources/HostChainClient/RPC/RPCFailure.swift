/// Why a source gave no usable answer.
package enum RPCFailure: Error, Hashable, Sendable {
    /// No answer, or none in time: the connection, the deadline, the HTTP status.
    case silent(String)
    /// The source answered with an error that is no revert.
    case refused(method: String, code: Int, message: String)
    /// The answer is not of the form that the method has, or contradicts the question.
    case malformed(method: String, String)
    /// Under the number asked at, the source has another block by now.
    case otherBlock(method: String)
    /// Whoever asked no longer waits.
    case cancelled
}
