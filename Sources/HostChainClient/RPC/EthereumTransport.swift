/// One call of an Ethereum node's JSON-RPC interface.
package struct EthereumCall: Hashable, Sendable {
    package let method: String
    package let parameters: [JSONValue]

    /// Describes a call.
    package init(_ method: String, _ parameters: [JSONValue] = []) {
        self.method = method
        self.parameters = parameters
    }
}

/// What a node answers to one call.
package enum EthereumReply: Hashable, Sendable {
    case result(JSONValue)
    case error(code: Int, message: String, data: JSONValue?)
}

/// Carries calls to one source and its answers back; retries nothing.
package protocol EthereumTransport: Sendable {
    /// Sends the calls as one request and gives as many replies, in the order of the calls, before its own deadline.
    func exchange(_ calls: [EthereumCall]) async throws(RPCFailure) -> [EthereumReply]
}
