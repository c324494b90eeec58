import ChainFollowing
import Ethereum
import Primitives
import WalletActions

/// A quantity of at most 64 bits: `0x` and the shortest hexadecimal form.
struct RPCQuantity: Decodable, Sendable {
    let value: UInt64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let digits = text.utf8.dropFirst(2)
        // `UInt64(_:radix:)` would also accept a sign.
        let isShortest = digits.first.map { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: "+") } ?? false
        guard text.hasPrefix("0x"), isShortest || text == "0x0", let value = UInt64(text.dropFirst(2), radix: 16) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no quantity: \(text.prefix(80))")
        }
        self.value = value
    }
}

/// A block's number or time, within the bounds of a chain.
struct RPCBounded<Value: BoundedFromOutside>: Decodable, Sendable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let number = try RPCQuantity(from: decoder).value
        guard let value = Value(outside: number) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no block has \(number)"))
        }
        self.value = value
    }
}

/// Bytes of any number: `0x` and two digits each.
struct RPCBytes: Decodable, Sendable {
    let bytes: Bytes

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard text.hasPrefix("0x"), let bytes = try? Bytes(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no bytes: \(text.prefix(80))")
        }
        self.bytes = bytes
    }
}

/// Bytes of one length.
struct RPCFixed<Value: FixedBytes>: Decodable, Sendable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let bytes = try RPCBytes(from: decoder).bytes
        guard let value = Value(bytes) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "\(bytes.count) bytes, not \(Value.byteCount)"))
        }
        self.value = value
    }
}

/// The fields of a block's header that are read.
struct RPCBlock: Decodable, Sendable {
    let block: HostBlock

    private enum Key: String, CodingKey {
        case number
        case hash
        case parentHash
        case timestamp
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        block = HostBlock(
            number: try fields.decode(RPCBounded<BlockNumber>.self, forKey: .number).value,
            hash: try fields.decode(RPCFixed<Hash32>.self, forKey: .hash).value,
            parentHash: try fields.decode(RPCFixed<Hash32>.self, forKey: .parentHash).value,
            timestamp: try fields.decode(RPCBounded<UnixTime>.self, forKey: .timestamp).value)
    }
}

/// A log of a block. A log that is pending or marked as removed is refused.
struct RPCLog: Decodable, Sendable {
    let placed: PlacedLog

    private enum Key: String, CodingKey {
        case address
        case topics
        case data
        case blockNumber
        case blockHash
        case logIndex
        case removed
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        if try fields.decodeIfPresent(Bool.self, forKey: .removed) ?? false {
            throw DecodingError.dataCorruptedError(forKey: .removed, in: fields, debugDescription: "a removed log")
        }
        placed = PlacedLog(
            log: EventLog(
                address: try fields.decode(RPCFixed<EthereumAddress>.self, forKey: .address).value,
                topics: try fields.decode([RPCFixed<Hash32>].self, forKey: .topics).map(\.value),
                data: try fields.decode(RPCBytes.self, forKey: .data).bytes),
            block: try fields.decode(RPCBounded<BlockNumber>.self, forKey: .blockNumber).value,
            blockHash: try fields.decode(RPCFixed<Hash32>.self, forKey: .blockHash).value,
            logIndex: try fields.decode(RPCQuantity.self, forKey: .logIndex).value)
    }
}

/// `eth_syncing`: false, or an object with the progress.
struct RPCSyncing: Decodable, Sendable {
    let isSyncing: Bool

    private enum Key: String, CodingKey { case currentBlock }

    init(from decoder: any Decoder) throws {
        if let flag = try? decoder.singleValueContainer().decode(Bool.self) {
            isSyncing = flag
        } else {
            _ = try decoder.container(keyedBy: Key.self)
            isSyncing = true
        }
    }
}
