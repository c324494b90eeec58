import Foundation

/// One answer object: an id, and either a result or an error.
///
/// `JSONDecoder` reads decimals exactly where the type asked for is `Decimal`; of duplicate keys it takes the first.
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
        let error = try container.decodeIfPresent(ErrorObject.self, forKey: .error)
        let hasResult = container.contains(.result)
        if let error {
            guard try !hasResult || container.decodeNil(forKey: .result) else {
                throw DecodingError.dataCorruptedError(forKey: .result, in: container, debugDescription: "both")
            }
            outcome = .failure(JSONRPCError(code: error.code, message: error.message, data: error.data))
            return
        }
        guard hasResult else {
            throw DecodingError.dataCorruptedError(forKey: .result, in: container, debugDescription: "neither")
        }
        outcome = .success(try container.decode(Value.self, forKey: .result))
    }

    /// The error object; data of another shape than a text, or than an object that holds one, is left out.
    private struct ErrorObject: Decodable {
        let code: Int
        let message: String
        let data: String?

        private enum Key: String, CodingKey {
            case code
            case message
            case data
        }

        private struct Nested: Decodable {
            let data: String
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            code = try container.decode(Int.self, forKey: .code)
            message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
            if let text = try? container.decodeIfPresent(String.self, forKey: .data) {
                data = text
            } else {
                data = (try? container.decodeIfPresent(Nested.self, forKey: .data))?.data
            }
        }
    }
}
