/// The answer to a batch: a list of answers, or one error for the batch as a whole.
///
/// A server that limits batches answers with one object with a null id instead of the list that the protocol demands
/// (Erigon: `batch limit 100 exceeded: 142 requests given`; jsonrpsee, which Reth uses: code -32010).
enum JSONRPCBatch<Value: Decodable>: Decodable {
    case answers([JSONRPCAnswer<Value>])
    case refused(JSONRPCError)

    private enum Key: String, CodingKey { case error }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            self = .refused(try object.decode(JSONRPCError.self, forKey: .error))
        } else if let refusal = try? [Refusal](from: decoder), refusal.count == 1 {
            // Newer servers put that object into a list.
            self = .refused(refusal[0].error)
        } else {
            self = .answers(try [JSONRPCAnswer<Value>](from: decoder))
        }
    }

    /// An answer that belongs to no call: an error with a null id.
    private struct Refusal: Decodable {
        let error: JSONRPCError

        private enum Key: String, CodingKey {
            case id
            case error
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            guard try fields.decodeNil(forKey: .id) else {
                throw DecodingError.dataCorruptedError(forKey: .id, in: fields, debugDescription: "an id")
            }
            error = try fields.decode(JSONRPCError.self, forKey: .error)
        }
    }
}
