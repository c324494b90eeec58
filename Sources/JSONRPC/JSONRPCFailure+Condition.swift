import CurlHTTP
package import Primitives

extension JSONRPCFailure {
    /// What the operator is told of a source that fails so (docs/reasons.md); nil where nothing failed: the one that asked
    /// gave up.
    package var condition: Condition? {
        switch self {
        case .transport(.cancelled): nil
        case .transport(.timeout):
            Condition(
                reason: .sourceSilent, found: "no answer within timeout_ms",
                remedy: "look whether the node is overloaded; raise timeout_ms")
        case .transport(.unreachable), .transport(.url):
            Condition(
                reason: .sourceUnreachable, found: "no connection can be made",
                remedy: "start the node; check the source's url")
        case .transport(.tls):
            Condition(
                reason: .sourceTLS, found: "the certificate is refused, or the secure channel fails",
                remedy: "check the certificate and the host name of the source's url")
        case .transport(.tooLarge(let limit)):
            Condition(
                reason: .sourceTooLarge, found: "an answer is larger than \(limit) bytes",
                remedy: "check that the source's url names a node")
        case .transport(.broken(let code)):
            Condition(
                reason: .sourceBroken, found: "the connection broke (curl code \(code))",
                remedy: "look at the node's log and at the proxies before it")
        case .status(let status) where status == 401 || status == 403:
            Condition(
                reason: .sourceUnauthorized, found: "status \(status): the source refuses auth_file's content",
                remedy: "check auth_file; it was read again")
        case .status(let status) where status == 429 || status == 503:
            Condition(
                reason: .sourceBusy, found: "status \(status) until the deadline",
                remedy: "ask less (requests_per_second), or give the node more (Bitcoin Core: rpcworkqueue)")
        case .status(let status):
            Condition(
                reason: .sourceStatus, found: "status \(status)", remedy: "look at the node's log")
        case .malformed(let text):
            Condition(
                reason: .sourceMalformed, found: "no answer of the protocol: \(text)",
                remedy: "check that the source's url names a node")
        case .error(let error):
            Condition(
                reason: .sourceRefused, found: "error \(error.code): \(error.message)",
                remedy: "look at the node's log")
        }
    }
}
