package import Primitives

extension Proposal {
    /// The number of bytes of a heartbeat's message.
    package static let heartbeatLength = 16

    /// The canonical encoding (docs/protocol/wire.md §2): action byte, then the fields in the order of the case.
    ///
    /// A list of more than 65,535 items or a script of more than 65,535 bytes cannot be encoded; to encode one is a
    /// bug.
    package var encoded: Bytes {
        var bytes: Bytes = [action.rawValue]
        switch self {
        case .noop: break
        case .heartbeat(let message):
            precondition(message.count == Self.heartbeatLength, "a heartbeat has 16 bytes")
            bytes.append(contentsOf: message)
        case .depositSweep(let deposits, let fee):
            bytes.append(bigEndian: UInt16(deposits.count))
            for deposit in deposits {
                bytes.append(deposit.transaction)
                bytes.append(bigEndian: deposit.outputIndex)
                bytes.append(bigEndian: deposit.revealBlock.rawValue)
            }
            bytes.append(bigEndian: fee)
        case .redemption(let scripts, let fee):
            bytes.append(bigEndian: UInt16(scripts.count))
            for script in scripts {
                bytes.append(bigEndian: UInt16(script.count))
                bytes.append(contentsOf: script)
            }
            bytes.append(bigEndian: fee)
        case .movingFunds(let targets, let fee):
            bytes.append(bigEndian: UInt16(targets.count))
            for target in targets { bytes.append(target) }
            bytes.append(bigEndian: fee)
        case .movedFundsSweep(let transaction, let outputIndex, let fee):
            bytes.append(transaction)
            bytes.append(bigEndian: outputIndex)
            bytes.append(bigEndian: fee)
        }
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        guard let action = ActionKind(rawValue: try reader.byte()) else { throw .value(field: "action") }
        switch action {
        case .noop: self = .noop
        case .heartbeat: self = .heartbeat(message: try reader.bytes(Self.heartbeatLength))
        case .depositSweep:
            let deposits = try reader.list { reader throws(DecodingFailure) in
                Deposit(
                    transaction: try reader.fixed(), outputIndex: try reader.bigEndian(),
                    revealBlock: try reader.blockNumber())
            }
            self = .depositSweep(deposits: deposits, fee: try reader.bigEndian())
        case .redemption:
            let scripts = try reader.list { reader throws(DecodingFailure) in
                try reader.bytes(Int(try reader.bigEndian(UInt16.self)))
            }
            self = .redemption(scripts: scripts, fee: try reader.bigEndian())
        case .movingFunds:
            let targets = try reader.list { reader throws(DecodingFailure) in try reader.fixed(WalletPublicKeyHash.self)
            }
            self = .movingFunds(targets: targets, fee: try reader.bigEndian())
        case .movedFundsSweep:
            self = .movedFundsSweep(
                transaction: try reader.fixed(), outputIndex: try reader.bigEndian(), fee: try reader.bigEndian())
        }
        try reader.finish()
    }
}

extension ByteReader {
    /// Reads a u16 count and that many items. Memory grows only with the bytes read.
    ///
    /// - Throws: ``DecodingFailure`` if the bytes end before the count does, and any error of `item`.
    package mutating func list<Item>(
        of item: (inout ByteReader) throws(DecodingFailure) -> Item
    ) throws(DecodingFailure) -> [Item] {
        let count = try bigEndian(UInt16.self)
        var items: [Item] = []
        for _ in 0..<count { items.append(try item(&self)) }
        return items
    }
}
