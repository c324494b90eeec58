/// The result of one call in a batch whose calls have different result types. It holds the decoded value or the reason
/// for which decoding failed, so that one malformed result does not affect the others.
package struct AnyResult: Decodable, Sendable {
    /// Reads the result of one call.
    typealias Reader = @Sendable (any Decoder) -> AnyResult

    private let outcome: Result<any Sendable, any Error>

    init<Value: Sendable>(_ outcome: Result<Value, any Error>) { self.outcome = outcome.map { $0 } }

    /// Refuses the answer to a call that was not made.
    package init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "an answer to no call"))
    }

    /// The result as the type of its call.
    ///
    /// - Throws: ``JSONRPCFailure/malformed(_:)`` if the server returned another type.
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
    /// The decoder's key for the readers of results, by the id of the call.
    static var resultReaders: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "coord.resultReaders") else {
            preconditionFailure("a key has any name")
        }
        return key
    }
}
