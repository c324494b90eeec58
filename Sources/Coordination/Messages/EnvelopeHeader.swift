package import Primitives

/// The header of an envelope (coordination.md §6), read without decoding the rest. Its fields are not verified: they
/// show where the bytes belong, not that they are correct.
package struct EnvelopeHeader {
    package let wallet: WalletPublicKeyHash
    package let coordinationBlock: BlockNumber
    package let seat: SeatNumber
    package let kind: MessageKind

    /// Reads the header; nil for too few bytes, another version or an unknown kind.
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
    /// The coordination block in an envelope of any version; 0 for a message that belongs to no window.
    package var windowOfEnvelope: BlockNumber {
        guard count >= 61 else { return BlockNumber(0) }
        return BlockNumber(withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 53, as: UInt64.self)) })
    }

    /// The byte of an envelope's kind; 0 if the bytes are too short to have one.
    package var kindByte: UInt8 { count > 63 ? self[63] : 0 }
}
