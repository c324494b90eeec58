import Foundation

/// One answer object: an id, and either a result or an error.
///
/// `JSONDecoder` reads decimals exactly if the type is `Decimal`. Of duplicate keys it takes the first.
struct JSONRPCAnswer<Value: Decodable>: Decodable {
    let id: UInt64
    let outcome: Result<Value, JSONRPCError>

    private enum Key: String, CodingKey {
        case id
        case result
        case error
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decode(UInt64.self, forKey: .id)
        // Bitcoin Core sends both keys, one of them null; Ethereum nodes send one.
        let error = try container.decodeIfPresent(JSONRPCError.self, forKey: .error)
        let hasResult = container.contains(.result)
        if let error {
            guard try !hasResult || container.decodeNil(forKey: .result) else {
                throw DecodingError.dataCorruptedError(forKey: .result, in: container, debugDescription: "both")
            }
            outcome = .failure(error)
            return
        }
        guard hasResult else {
            throw DecodingError.dataCorruptedError(forKey: .result, in: container, debugDescription: "neither")
        }
        if let readers = decoder.userInfo[.resultReaders] as? [UInt64: AnyResult.Reader], let read = readers[id],
            let result = read(try container.superDecoder(forKey: .result)) as? Value
        {
            outcome = .success(result)
        } else {
            outcome = .success(try container.decode(Value.self, forKey: .result))
        }
    }
}
