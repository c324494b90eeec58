package import Primitives

/// A request over HTTP.
package struct HTTPRequest: Sendable {
    /// `GET` without a body, `POST` with one.
    package let body: Bytes?
    /// `http` or `https`, without user information.
    package let url: String
    /// Header lines as `Name: value`.
    package let headers: [String]
    /// Milliseconds for the whole exchange.
    package let timeoutMilliseconds: Int
    /// Bytes of the largest body that is taken.
    package let largestBody: Int

    /// Describes a request.
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
    /// Seconds after which the server wants to be asked again (`Retry-After`); nil where it does not say.
    package let retryAfter: Int?

    /// Describes an answer.
    package init(status: Int, body: Bytes, retryAfter: Int? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
    }
}

/// Why there is no answer.
package enum HTTPFailure: Error, Hashable, Sendable {
    /// The address cannot be used: malformed, another scheme, or with user information.
    case url(String)
    /// Nobody listens there, or the name is unknown.
    case unreachable
    /// The deadline passed.
    case timeout
    /// The secure channel could not be made.
    case tls
    /// The body is larger than asked for, or the headers are larger than 64 KiB.
    case tooLarge(limit: Int)
    /// The connection broke, or what came is no HTTP; the library's code.
    case broken(code: Int)
    /// The task that waited was cancelled, or the client was shut down.
    case cancelled
}
