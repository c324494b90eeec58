package import Primitives

/// What an envelope says of itself before its payload (coordination.md §6), read without decoding the rest. Nothing of it
/// is checked: it tells where bytes belong, never that they are right.
package struct EnvelopeHeader {
    package let wallet: WalletPublicKeyHash
    package let coordinationBlock: BlockNumber
    package let seat: SeatNumber
    package let kind: MessageKind

    /// Reads the header; nil where there is none.
    package init?(_ envelope: Bytes) {
        guard envelope.count >= Envelope.overhead, envelope[0] == Envelope.version,
            let kind = MessageKind(rawValue: envelope.kindByte)
        else { return nil }
        wallet = envelope.withUnsafeBytes { WalletPublicKeyHash(loading: UnsafeRawBufferPointer(rebasing: $0[33...])) }
        coordinationBlock = envelope.windowOfEnvelope
        seat = SeatNumber(UInt16(envelope[61]) << 8 | UInt16(envelope[62]))
        self.kind = kind
    }
}

extension Bytes {
    /// The coordination block that an envelope of any version names; 0 for a message of no window.
    package var windowOfEnvelope: BlockNumber {
        guard count >= 61 else { return BlockNumber(0) }
        return BlockNumber(withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 53, as: UInt64.self)) })
    }

    /// The byte that tells an envelope's kind; 0 for what is too short for one.
    package var kindByte: UInt8 { count > 63 ? self[63] : 0 }
}
