import Coordination
import Primitives
import Secp256k1
import TestKit
import Testing

/// The header that is read alone says what the whole envelope says.
@Suite struct EnvelopeHeaderTests {
    private static let wallet = WalletPublicKeyHash(Bytes(100..<120)) ?? .none

    private static func envelope(
        _ kind: MessageKind, block: UInt64 = 0x0304_0506_0708, seat: UInt16 = 0xa1b2, payload: Bytes = [1, 2, 3]
    ) -> Envelope {
        let key = TestKey()
        return Envelope(
            Envelope.Content(
                domain: Domain(chainID: 1, profile: .mainnet), wallet: wallet, coordinationBlock: BlockNumber(block),
                seat: SeatNumber(seat), kind: kind, payload: payload),
            sign: { key.value.signRecoverable($0.signingHash) })
    }

    @Test("A header says what the decoded envelope says, for every kind", arguments: MessageKind.allCases)
    func whole(kind: MessageKind) throws {
        let envelopes = [
            Self.envelope(kind), Self.envelope(kind, block: 0, seat: 0, payload: []),
            Self.envelope(kind, block: 1 << 48 - 1, seat: .max, payload: Bytes(repeating: 0xff, count: 300)),
        ]
        for envelope in envelopes {
            let raw = envelope.encoded
            let decoded = try Envelope(decoding: raw)
            let header = try #require(EnvelopeHeader(raw))
            #expect(header.wallet == decoded.wallet)
            #expect(header.coordinationBlock == decoded.coordinationBlock)
            #expect(header.seat == decoded.seat)
            #expect(header.kind == decoded.kind)
            #expect(raw.windowOfEnvelope == decoded.coordinationBlock)
            #expect(raw.kindByte == kind.rawValue)
        }
    }

    @Test("What is shorter than an envelope without payload has no header", arguments: MessageKind.allCases)
    func truncated(kind: MessageKind) {
        let raw = Self.envelope(kind, payload: []).encoded
        #expect(raw.count == Envelope.overhead)
        #expect(EnvelopeHeader(raw) != nil)
        for length in 0..<raw.count {
            let cut = Bytes(raw.prefix(length))
            #expect(EnvelopeHeader(cut) == nil, "\(length) bytes")
            #expect(cut.windowOfEnvelope.rawValue == (length < 61 ? 0 : 0x0304_0506_0708), "\(length) bytes")
            #expect(cut.kindByte == (length < 64 ? 0 : kind.rawValue), "\(length) bytes")
        }
    }

    @Test("An unknown version or kind has no header")
    func unknown() {
        let raw = Self.envelope(.proposal).encoded
        for byte in UInt8.min...UInt8.max {
            var version = raw
            version[0] = byte
            #expect((EnvelopeHeader(version) != nil) == (byte == 1), "version \(byte)")
            var kind = raw
            kind[63] = byte
            #expect((EnvelopeHeader(kind) != nil) == [1, 2, 3, 16, 17, 18, 19, 20].contains(byte), "kind \(byte)")
        }
    }
}
