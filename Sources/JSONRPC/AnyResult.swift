/// The result of one call in a batch whose calls return different things: read as what its call returns, or the reason why
/// it is no such thing, so that one malformed result spoils no other.
package struct AnyResult: Decodable, Sendable {
    /// Reads the result of one call.
    typealias Reader = @Sendable (any Decoder) -> AnyResult

    private let outcome: Result<any Sendable, any Error>

    init<Value: Sendable>(_ outcome: Result<Value, any Error>) { self.outcome = outcome.map { $0 } }

    /// Refuses the answer to a call that nobody made.
    package init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "an answer to no call"))
    }

    /// The result as what its call returns.
    ///
    /// - Throws: ``JSONRPCFailure/malformed(_:)`` where the server returned something else.
    package func value<Value>(as _: Value.Type = Value.self) throws(JSONRPCFailure) -> Value {
        switch outcome {
        case .success(let value):
            guard let value = value as? Value else { preconditionFailure("a result is read as what its call returns") }
            return value
        case .failure(let error): throw .malformed(String("\(error)".prefix(JSONRPCError.longestMessage)))
        }
    }
}

extension CodingUserInfoKey {
    /// Where an answer finds the readers of results, by the id of the call.
    static var resultReaders: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "coord.resultReaders") else {
            preconditionFailure("a key has any name")
        }
        return key
    }
}
