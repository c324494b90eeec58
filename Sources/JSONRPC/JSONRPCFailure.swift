package import CurlHTTP

/// Why a call has no result.
package enum JSONRPCFailure: Error, Hashable, Sendable {
    /// There was no answer over HTTP.
    case transport(HTTPFailure)
    /// The answer's status is not one of success, and its body is no answer of the protocol.
    case status(Int)
    /// The body is no answer of the protocol: not JSON, another id, both or neither of result and error, or a result of
    /// another shape.
    case malformed(String)
    /// The server answered with an error.
    case error(JSONRPCError)

    /// Whether the same call may succeed later.
    package var isTransient: Bool {
        switch self {
        case .transport(.url), .transport(.tooLarge), .malformed: false
        case .transport, .status: true
        case .error: false
        }
    }
}

/// The error object of an answer.
package struct JSONRPCError: Error, Hashable, Sendable {
    package let code: Int
    package let message: String
    /// The data, where it is a text (Ethereum: the revert data in hexadecimal).
    package let data: String?

    /// Describes a server's error.
    package init(code: Int, message: String, data: String?) {
        self.code = code
        self.message = message
        self.data = data
    }
}
