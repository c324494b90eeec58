import Coordination
import Peers
import Primitives
import Testing

/// The golden bytes of docs/protocol/wire.md §6.
@Suite struct FrameTests {
    private static let hello = Hello(
        chainID: 31_337, bridge: EthereumAddress(Bytes(repeating: 0x11, count: 20)) ?? .zero,
        profile: ProfileDigest(Bytes(repeating: 0x22, count: 32)) ?? ProtocolProfile.mainnet.digest,
        bootNonce: Bytes(repeating: 0x33, count: 16), clock: 1_700_000_000_000, build: "1.0")

    private static let messages: [(ControlMessage, String)] = [
        (
            .hello(hello),
            "01" + "00020002" + "0000000000007a69" + String(repeating: "11", count: 20)
                + String(repeating: "22", count: 32) + String(repeating: "33", count: 16) + "0000018bcfe56800"
                + "03312e30"
        ),
        (.refusal(.notAMember), "020002"), (.goodbye(.draining), "030001"),
        (.ping(7, sent: 1_700_000_000_000), "040000000000000007" + "0000018bcfe56800"),
        (
            .pong(.max, sent: 1, heard: 2, answered: 1_700_000_000_000),
            "05ffffffffffffffff" + "0000000000000001" + "0000000000000002" + "0000018bcfe56800"
        ),
    ]

    @Test("Control messages have their golden bytes, read back, and are refused when cut, lengthened or unknown")
    func control() throws {
        for (message, bytes) in Self.messages {
            #expect(message.encoded.hex == bytes)
            #expect(try ControlMessage(decoding: message.encoded) == message)
            for length in 0..<message.encoded.count {
                #expect(throws: DecodingFailure.self) {
                    try ControlMessage(decoding: Bytes(message.encoded.prefix(length)))
                }
            }
            #expect(throws: DecodingFailure.self) { try ControlMessage(decoding: message.encoded + [0]) }
        }
        #expect(throws: DecodingFailure.value(field: "control")) { try ControlMessage(decoding: [6]) }
        #expect(throws: DecodingFailure.value(field: "code")) { try ControlMessage(decoding: [2, 0xff, 0xff]) }
    }

    @Test("A frame has its golden bytes, is waited for, and takes no more than its own bytes")
    func frames() throws {
        let frame = Frame(.agreement, [1, 2, 3])
        #expect(frame.encoded.hex == "0000000402010203")
        for length in 0..<frame.encoded.count {
            #expect(try Frame.parse(frame.encoded.prefix(length)) == .incomplete)
        }
        #expect(try Frame.parse(frame.encoded + [9, 9]) == .frame(frame, length: 8))
        #expect(try Frame.parse(Frame(.status, []).encoded) == .frame(Frame(.status, []), length: 5))
    }

    @Test("A frame of an unknown class, empty, or larger than its class is refused before its bytes are waited for")
    func limits() {
        #expect(throws: FrameFailure.frameClass(9)) { try Frame.parse([0, 0, 0, 2, 9] as Bytes) }
        #expect(throws: FrameFailure.length(0, .control)) { try Frame.parse([0, 0, 0, 0, 1] as Bytes) }
        for frameClass in FrameClass.allCases {
            var header = Bytes()
            header.append(bigEndian: UInt32(frameClass.largestPayload + 2))
            header.append(frameClass.rawValue)
            #expect(throws: FrameFailure.length(frameClass.largestPayload + 2, frameClass)) { try Frame.parse(header) }
        }
    }

    @Test("Another version or another network refuses a link; another profile does not")
    func judging() {
        func other(versions: ClosedRange<UInt16> = 2...2, chainID: UInt64 = 31_337) -> Hello {
            Hello(
                versions: versions, chainID: chainID, bridge: Self.hello.bridge,
                profile: ProtocolProfile.mainnet.digest,
                bootNonce: Self.hello.bootNonce, clock: 0, build: "")
        }
        #expect(Self.hello.refusal(of: other()) == nil)
        #expect(Self.hello.refusal(of: other(versions: 1...5)) == nil)
        #expect(Self.hello.refusal(of: other(versions: 3...5)) == .version)
        #expect(Self.hello.refusal(of: other(versions: 1...1)) == .version)
        #expect(Self.hello.refusal(of: other(chainID: 1)) == .network)
    }
}
