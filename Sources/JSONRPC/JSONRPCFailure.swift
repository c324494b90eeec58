package import CurlHTTP

/// The reason for which a call has no result.
package enum JSONRPCFailure: Error, Hashable, Sendable {
    /// There was no answer over HTTP.
    case transport(HTTPFailure)
    /// The answer's status is not a success, and its body is not an answer of the protocol.
    case status(Int)
    /// The body is not an answer of the protocol: not JSON, another id, both or neither of result and error, or a
    /// result of another shape.
    case malformed(String)
    /// The server answered with an error.
    case error(JSONRPCError)

    /// Whether the same call may succeed soon. A busy server (429, 503) was asked until the deadline, and a refused
    /// password stays refused.
    package var isTransient: Bool {
        switch self {
        case .transport(.url), .transport(.tooLarge), .malformed, .status(401), .status(403), .status(429),
            .status(503):
            false
        case .transport, .status: true
        case .error: false
        }
    }
}

/// The error object of an answer.
package struct JSONRPCError: Error, Hashable, Sendable {
    /// The maximum number of characters kept of a server's error message, which goes into the log.
    static let longestMessage = 300

    package let code: Int
    package let message: String
    /// The data, if it is a text (Ethereum: the revert data in hexadecimal).
    package let data: String?

    /// Makes a server's error.
    package init(code: Int, message: String, data: String?) {
        self.code = code
        self.message = message
        self.data = data
    }
}

extension JSONRPCError: Decodable {
    private enum Key: String, CodingKey {
        case code
        case message
        case data
    }

    private struct Nested: Decodable {
        let data: String
    }

    /// Reads the error object. Its data must be a text or an object that contains one; other data is dropped.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        code = try container.decode(Int.self, forKey: .code)
        let text = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
        message = String(text.prefix(Self.longestMessage))
        if let text = try? container.decodeIfPresent(String.self, forKey: .data) {
            data = text
        } else {
            data = (try? container.decodeIfPresent(Nested.self, forKey: .data))?.data
        }
    }
}
