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
                reason: "source.silent", found: "no answer within timeout_ms",
                remedy: "look whether the node is overloaded; raise timeout_ms")
        case .transport(.unreachable), .transport(.url):
            Condition(
                reason: "source.unreachable", found: "no connection can be made",
                remedy: "start the node; check the source's url")
        case .transport(.tls):
            Condition(
                reason: "source.tls", found: "the certificate is refused, or the secure channel fails",
                remedy: "check the certificate and the host name of the source's url")
        case .transport(.tooLarge(let limit)):
            Condition(
                reason: "source.too_large", found: "an answer is larger than \(limit) bytes",
                remedy: "check that the source's url names a node")
        case .transport(.broken(let code)):
            Condition(
                reason: "source.broken", found: "the connection broke (curl code \(code))",
                remedy: "look at the node's log and at the proxies before it")
        case .status(let status) where status == 401 || status == 403:
            Condition(
                reason: "source.unauthorized", found: "status \(status): the source refuses auth_file's content",
                remedy: "check auth_file; it was read again")
        case .status(let status) where status == 429 || status == 503:
            Condition(
                reason: "source.busy", found: "status \(status) until the deadline",
                remedy: "ask less (requests_per_second), or give the node more (Bitcoin Core: rpcworkqueue)")
        case .status(let status):
            Condition(
                reason: "source.status", found: "status \(status)", remedy: "look at the node's log")
        case .malformed(let text):
            Condition(
                reason: "source.malformed", found: "no answer of the protocol: \(text)",
                remedy: "check that the source's url names a node")
        case .error(let error):
            Condition(
                reason: "source.refused", found: "error \(error.code): \(error.message)",
                remedy: "look at the node's log")
        }
    }
}
