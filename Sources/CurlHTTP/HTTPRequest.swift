package import Primitives

/// A request over HTTP.
package struct HTTPRequest: Sendable {
    /// The body. The method is `GET` without a body, `POST` with one.
    package let body: Bytes?
    /// `http` or `https`, without user information.
    package let url: String
    /// Header lines as `Name: value`.
    package let headers: [String]
    /// Milliseconds for the whole exchange.
    package let timeoutMilliseconds: Int
    /// Bytes of the largest body that is accepted.
    package let largestBody: Int

    /// Makes a request.
    package init(
        url: String, body: Bytes? = nil, headers: [String] = [], timeoutMilliseconds: Int = 10_000,
        largestBody: Int = 1 << 20
    ) {
        self.url = url
        self.body = body
        self.headers = headers
        self.timeoutMilliseconds = timeoutMilliseconds
        self.largestBody = largestBody
    }
}

/// An answer over HTTP, whatever its status.
package struct HTTPResponse: Sendable, Equatable {
    package let status: Int
    package let body: Bytes
    /// Seconds after which the server asks for the next request (`Retry-After`); nil if it does not say.
    package let retryAfter: Int?

    /// Makes an answer.
    package init(status: Int, body: Bytes, retryAfter: Int? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
    }
}

/// The reason for which there is no answer.
package enum HTTPFailure: Error, Hashable, Sendable {
    /// The URL cannot be used: malformed, another scheme, or with user information.
    case url(String)
    /// The host refuses the connection, or its name is unknown.
    case unreachable
    /// The deadline passed.
    case timeout
    /// The TLS connection could not be made.
    case tls
    /// The body is larger than allowed, or the headers are larger than 64 KiB.
    case tooLarge(limit: Int)
    /// The connection broke, or the answer is not HTTP; with the library's code.
    case broken(code: Int)
    /// The waiting task was cancelled, or the client was shut down.
    case cancelled
}
