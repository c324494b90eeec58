import Ethereum
package import Primitives
package import WalletActions

/// Why a JSON value is not the field expected. The text names the field.
package enum FieldFailure: Error, Hashable, Sendable {
    case missing(String)
    case form(String)
}

/// Total decoders for the JSON forms of Ethereum's JSON-RPC interface.
extension JSONValue {
    /// The member of an object; throws where this is none, or has no such member.
    package func member(_ name: String) throws(FieldFailure) -> JSONValue {
        guard case .object(let members) = self, let value = members[name] else { throw .missing(name) }
        return value
    }

    /// A quantity of at most 64 bits: `0x` and the shortest hexadecimal form.
    package func quantity(_ name: String) throws(FieldFailure) -> UInt64 {
        guard case .string(let text) = self, text.hasPrefix("0x") else { throw .form(name) }
        let digits = text.utf8.dropFirst(2)
        let isShortest = digits.first != UInt8(ascii: "0") || digits.count == 1
        let isHex = digits.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }
        guard isShortest, isHex, let value = UInt64(text.dropFirst(2), radix: 16) else { throw .form(name) }
        return value
    }

    /// Bytes of any number: `0x` and two digits each.
    package func data(_ name: String) throws(FieldFailure) -> Bytes {
        guard case .string(let text) = self, text.hasPrefix("0x"), let bytes = try? Bytes(hex: text) else {
            throw .form(name)
        }
        return bytes
    }

    /// Bytes of one length.
    package func fixed<Value: FixedBytes>(_ name: String, as _: Value.Type = Value.self) throws(FieldFailure) -> Value {
        guard let value = Value(try data(name)) else { throw .form(name) }
        return value
    }

    /// A list.
    package func list(_ name: String) throws(FieldFailure) -> [JSONValue] {
        guard case .array(let values) = self else { throw .form(name) }
        return values
    }

    /// A block's header, as far as it is read; nil for `null`, which stands for a block that the source does not have.
    package func block() throws(FieldFailure) -> HostBlock? {
        if case .null = self { return nil }
        return HostBlock(
            number: BlockNumber(try member("number").quantity("number")), hash: try member("hash").fixed("hash"),
            parentHash: try member("parentHash").fixed("parentHash"),
            timestamp: UnixTime(try member("timestamp").quantity("timestamp")))
    }

    /// A log of a block; one that is marked as removed, or pending, is refused.
    package func log() throws(FieldFailure) -> PlacedLog {
        if case .object(let members) = self, let removed = members["removed"], removed != .bool(false) {
            throw .form("removed")
        }
        var topics: [Hash32] = []
        for topic in try member("topics").list("topics") { topics.append(try topic.fixed("topics")) }
        return PlacedLog(
            log: EventLog(
                address: try member("address").fixed("address"), topics: topics,
                data: try member("data").data("data")),
            block: BlockNumber(try member("blockNumber").quantity("blockNumber")),
            blockHash: try member("blockHash").fixed("blockHash"),
            logIndex: try member("logIndex").quantity("logIndex"))
    }
}

extension BlockNumber {
    /// The number as a quantity of the interface.
    var quantity: JSONValue { .string("0x" + String(rawValue, radix: 16)) }
}
