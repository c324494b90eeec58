import Coordination
import Node
import Primitives

/// What an envelope says of itself before its payload (coordination.md §6), read without decoding the rest.
struct EnvelopeHeader {
    let key: WindowKey
    let seat: SeatNumber
    let kind: MessageKind

    /// Reads the header; nil where there is none.
    init?(_ envelope: Bytes) {
        guard envelope.count >= Envelope.overhead, envelope[0] == Envelope.version,
            let wallet = WalletPublicKeyHash(envelope[33..<53]), let kind = MessageKind(rawValue: envelope.kindByte)
        else { return nil }
        key = WindowKey(wallet: wallet, coordinationBlock: envelope.windowOfEnvelope)
        seat = SeatNumber(UInt16(envelope[61]) << 8 | UInt16(envelope[62]))
        self.kind = kind
    }
}

extension Bytes {
    /// The coordination block that an envelope of any version names; 0 for a message of no window.
    var windowOfEnvelope: BlockNumber {
        guard count >= 61 else { return BlockNumber(0) }
        return BlockNumber(self[53..<61].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The byte that tells an envelope's kind; 0 for what is too short for one.
    var kindByte: UInt8 { count > 63 ? self[63] : 0 }
}
