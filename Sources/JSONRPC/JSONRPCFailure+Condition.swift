import CurlHTTP
package import Primitives

extension JSONRPCFailure {
    /// The condition reported to the operator for this failure of a source (docs/reasons.md); nil if the caller gave
    /// up, which is not a failure.
    package var condition: Condition? {
        switch self {
        case .transport(.cancelled): nil
        case .transport(.timeout):
            Condition(
                reason: .sourceSilent, found: "no answer within timeout_ms")
        case .transport(.unreachable), .transport(.url):
            Condition(
                reason: .sourceUnreachable, found: "no connection can be made")
        case .transport(.tls):
            Condition(
                reason: .sourceTLS, found: "the certificate is refused, or the secure channel fails")
        case .transport(.tooLarge(let limit)):
            Condition(
                reason: .sourceTooLarge, found: "an answer is larger than \(limit) bytes")
        case .transport(.broken(let code)):
            Condition(
                reason: .sourceBroken, found: "the connection broke (curl code \(code))")
        case .status(let status) where status == 401 || status == 403:
            Condition(
                reason: .sourceUnauthorized, found: "status \(status): the source refuses auth_file's content")
        case .status(let status) where status == 429 || status == 503:
            Condition(
                reason: .sourceBusy, found: "status \(status) until the deadline")
        case .status(let status):
            Condition(
                reason: .sourceStatus, found: "status \(status)")
        case .malformed(let text):
            Condition(
                reason: .sourceMalformed, found: "no answer of the protocol: \(text)")
        case .error(let error):
            Condition(
                reason: .sourceRefused, found: "error \(error.code): \(error.message)")
        }
    }
}
