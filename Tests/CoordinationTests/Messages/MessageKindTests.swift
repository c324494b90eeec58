import Coordination
import Primitives
import Secp256k1
import TestKit
import Testing

/// The table of docs/protocol/wire.md §5, and a whole envelope of each kind. The signatures were computed independently of
/// this code (RFC 6979 and Keccak-256 in Python).
@Suite struct MessageKindTests {
    private struct Row {
        let kind: MessageKind
        let byte: UInt8
        let name: String
        let frameClass: UInt8
        let largest: Int
        let durability: String
        let scope: String
        let signature: String

        init(
            _ kind: MessageKind, _ byte: UInt8, _ name: String, _ frameClass: UInt8, _ largest: Int,
            _ durability: String, _ scope: String, _ signature: String
        ) {
            (self.kind, self.byte, self.name, self.frameClass) = (kind, byte, name, frameClass)
            (self.largest, self.durability, self.scope, self.signature) = (largest, durability, scope, signature)
        }
    }

    private static let table: [Row] = [
        Row(
            .proposal, 1, "proposal", 2, 65_536, "drawn", "window",
            "f557eec7af0de7c71de6aa1da15c38d5ae1338a01a68756472be64b2f7fd5c50"
                + "6b00b33350b3cc34ee93f4f173e6b48d7ff8f7f51678704616808b71818730d91b"),
        Row(
            .verdict, 2, "verdict", 2, 645, "pure", "window",
            "761990b2162d82aaf6c43a39b1ad109359dfb30582159ca1563ae6de2c34dcfb"
                + "35ec0234093574d79226de743700e57be897a490c6f08904bd03f7a30711e8ec1b"),
        Row(
            .status, 3, "status", 4, 8_192, "pure", "node",
            "efcbd4430dca75a419f5cf7a353e3064250c80c347b22491726a0d7d47acf7cb"
                + "41159b0983afb3e70e86a6a0ccd7feacb1ff0992bb74011b54d8d4cbd4f9f5aa1c"),
        Row(
            .signReady, 16, "sign/ready", 2, 65_536, "pure", "wallet",
            "ad19d9da0897bf8a4eb4bdc5f5dd5b8dba79c05cef9c95baf3e9365069f3bc43"
                + "62752494236ee0621de218a4dadf1a648f3acb84039b044d1a71cf9169313c3f1c"),
        Row(
            .frostNonces, 17, "frost/nonces", 3, 131_072, "volatile", "wallet",
            "7df30939a9566226b9f8ca31c7200863be0608ee6e0afae292691ec73c6e5215"
                + "4b74294193292c0cc4f57dadd832d4a1efcd5bc5b3faaa4c75920b0e3943f4ee1c"),
        Row(
            .frostRequest, 18, "frost/request", 3, 131_072, "volatile", "wallet",
            "9ea59568b5164fb2015d0f9868d52d4fe789a3184f5a121eb88418f2d5e241be"
                + "725fee6f5bc2274e6c6436b04a5b8cd411893c36b0756aa340c5c3b18990e6691b"),
        Row(
            .frostShares, 19, "frost/shares", 3, 131_072, "volatile", "wallet",
            "4f3e34b9d55a1611c48118140c977eb9362d36ae719b049e308c032bb6b3ddbc"
                + "7e6a506fcec3d115bbe6c52add368ade3b5b0c810ed7b5a02e27f5d2b8b4daee1c"),
        Row(
            .signResult, 20, "sign/result", 3, 131_072, "pure", "wallet",
            "6bfa670b4cee8fad88e6eddd759ccb7c33472734e2596bed5de4feb117e598ba"
                + "1ee0f76ed7f961e81f2f157b8d291e0d4421dd4736c1908fe54a6d95bab8c1041c"),
    ]

    private static func envelope(
        _ kind: MessageKind, wallet: WalletPublicKeyHash, block: UInt64, seat: UInt16, payload: Bytes = [0xaa, 0xbb]
    ) throws -> Bytes {
        let key = try TestKey(hex: String(repeating: "01", count: 32))
        let content = Envelope.Content(
            domain: Domain(chainID: 31_337, profile: ProtocolProfile(.devnet)), wallet: wallet,
            coordinationBlock: BlockNumber(block), seat: SeatNumber(seat), kind: kind, payload: payload)
        return Envelope(content, sign: { key.value.signRecoverable($0.signingHash) }).encoded
    }

    private static let wallet = WalletPublicKeyHash(Bytes(repeating: 0x11, count: 20)) ?? .none

    @Test("Every kind has its row of the table, and no kind is without one")
    func rows() {
        #expect(Self.table.map(\.kind) == MessageKind.allCases)
        for row in Self.table {
            #expect(row.kind.rawValue == row.byte)
            #expect(row.kind.name == row.name)
            #expect(row.kind.frameClass.rawValue == row.frameClass, "\(row.name)")
            #expect(row.kind.largestEnvelope == row.largest, "\(row.name)")
            #expect(row.kind.largestPayload == row.largest - 133, "\(row.name)")
            #expect(row.kind.durability.rawValue == row.durability, "\(row.name)")
            #expect(row.kind.isVolatile == (row.durability == "volatile"), "\(row.name)")
            #expect(row.kind.scope.rawValue == row.scope, "\(row.name)")
        }
        #expect(FrameClass.allCases.map(\.largestPayload) == [4_096, 65_536, 131_072, 8_192])
    }

    @Test("An envelope of every kind has its golden bytes")
    func golden() throws {
        for row in Self.table {
            let isOfNode = row.scope == "node"
            let bytes = try Self.envelope(
                row.kind, wallet: isOfNode ? .none : Self.wallet, block: isOfNode ? 0 : 900, seat: isOfNode ? 0 : 7)
            let wallet = String(repeating: isOfNode ? "00" : "11", count: 20)
            let place = isOfNode ? "00000000000000000000" : "00000000000003840007"
            #expect(
                bytes.hex == "01" + "3527125137b001882c8c500e2dcc07fb0408100764cb79b5de84ddcb15e44e2e" + wallet + place
                    + Bytes([row.byte]).hex + "00000002" + "aabb" + row.signature, "\(row.name)")
            #expect(try Envelope(decoding: bytes).encoded == bytes)
        }
    }

    @Test("An envelope of every kind may be as large as its row says, and not a byte larger", arguments: table.indices)
    func largest(index: Int) throws {
        let kind = Self.table[index].kind
        func sized(_ count: Int) throws -> Bytes {
            try Self.envelope(
                kind, wallet: Self.wallet, block: 900, seat: 7, payload: Bytes(repeating: 1, count: count))
        }
        let largest = try sized(kind.largestPayload)
        #expect(largest.count == kind.largestEnvelope)
        #expect(try Envelope(decoding: largest).kind == kind)
        #expect(throws: EnvelopeFailure.tooLarge(kind.largestEnvelope + 1, kind)) {
            try Envelope(decoding: try sized(kind.largestPayload + 1))
        }
    }

    @Test("A message belongs to what its header names, and to nothing where that does not fit its kind")
    func scopes() throws {
        let window = WindowKey(wallet: Self.wallet, coordinationBlock: BlockNumber(900))
        for row in Self.table {
            func scope(_ wallet: WalletPublicKeyHash, _ block: UInt64, _ seat: UInt16) throws -> MessageScope? {
                let header = try #require(
                    EnvelopeHeader(try Self.envelope(row.kind, wallet: wallet, block: block, seat: seat)))
                return MessageScope(header)
            }
            let ofWallet = try scope(Self.wallet, 900, 7)
            switch row.scope {
            case "window": #expect(ofWallet == .window(window))
            case "wallet": #expect(ofWallet == .wallet(Self.wallet))
            default: #expect(ofWallet == nil)
            }
            let isOfNode = row.scope == "node"
            #expect(try scope(.none, 0, 0) == (isOfNode ? .node : nil), "\(row.name)")
            #expect(try scope(.none, 900, 0) == nil && scope(.none, 0, 7) == nil, "\(row.name)")
        }
    }
}
