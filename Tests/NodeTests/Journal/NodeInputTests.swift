import Bitcoin
import Coordination
import Ethereum
import Primitives
import Testing
import ThresholdSigning
import WalletActions

@testable import Node

/// The golden bytes of docs/protocol/wire.md §9, computed independently of this code.
@Suite struct NodeInputTests {
    private static let wallet = WalletPublicKeyHash(Hash20(Bytes(0..<20)) ?? .zero)
    private static let member = EthereumAddress(Hash20(Bytes(repeating: 0xad, count: 20)) ?? .zero)
    private static let head = HostBlock(
        number: BlockNumber(900), hash: hash(0xa1), parentHash: hash(0xa0), timestamp: UnixTime(1_700_000_000))
    private static let read = BlockReference(number: BlockNumber(900), hash: hash(0x01))
    private static let outPoint = OutPoint(txid: Txid(hash(0xc1)), index: 5)
    private static let quotes = [
        FeeQuote(estimate: 25, mempoolMinimum: 1), FeeQuote(estimate: nil, mempoolMinimum: 2),
    ]

    private static let walletBytes = "000102030405060708090a0b0c0d0e0f10111213"

    private static func hash(_ byte: UInt8) -> Hash32 { Hash32(Bytes(repeating: byte, count: 32)) ?? .zero }

    private static let digest = Bytes(repeating: 0xa5, count: 32).withUnsafeBytes { ProposalDigest(loading: $0) }

    private static let token: CommitToken = {
        guard let numbers = AttemptNumbers(instance: 2, numbers: 16..<32) else {
            preconditionFailure("sixteen numbers, all below 4,096")
        }
        return CommitToken(wallet: wallet, job: hash(0xb0), numbers: numbers)
    }()

    /// Every input but answers with its bytes.
    private static let told: [(NodeInput, String)] = [
        (
            .head(head),
            """
            01 0000000000000384 a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1
            a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0 000000006553f100
            """
        ),
        (
            .reorganised(head, depth: 3),
            """
            02 0000000000000384 a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1
            a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0 000000006553f100 0000000000000003
            """
        ),
        (
            .committed(token),
            """
            04 \(walletBytes) b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0 00000002 00000010
            00000020
            """
        ),
        (.received([0xe0, 0xe1], from: member), "05 adadadadadadadadadadadadadadadadadadadad 00000002 e0e1"),
        (.received([], from: member), "05 adadadadadadadadadadadadadadadadadadadad 00000000"),
        (.linkChanged(member, isUp: true), "06 adadadadadadadadadadadadadadadadadadadad 01"),
        (.linkChanged(member, isUp: false), "06 adadadadadadadadadadadadadadadadadadadad 00"),
        (.timePassed, "07"),
        (.statusDue, "08"),
        (.draining, "09"),
        (.resumed, "0a"),
        (.intentRefused(wallet), "0b \(walletBytes)"),
        (.walletAdded(wallet), "0c \(walletBytes)"),
        (.walletArchived(wallet), "0d \(walletBytes)"),
    ]

    /// Each purpose of an evaluation, what was read for it, and the bytes of the input.
    private static let answered: [(EvaluationKey.Purpose, [(ChainQuery, ChainAnswer)], String)] = [
        (
            .seed(BlockNumber(868)),
            [
                (
                    .host(.block(BlockNumber(7))),
                    .host(
                        .block(
                            HostBlock(
                                number: BlockNumber(7), hash: hash(0x07), parentHash: hash(0x06),
                                timestamp: UnixTime(1_700_000_000))))
                )
            ],
            """
            0e \(walletBytes) 0000000000000004 01 0000000000000364 00000001 01 0000000000000007 01 0000000000000007
            0707070707070707070707070707070707070707070707070707070707070707
            0606060606060606060606060606060606060606060606060606060606060606 000000006553f100
            """
        ),
        (
            .generate(window: BlockNumber(900), .redemption),
            [
                (.host(.call(.bridge, [0xaa, 0xbb], at: read)), .host(.returned([1, 2, 3]))),
                (.bitcoin(.feeQuotes(target: 6)), .bitcoin(.feeQuotes(quotes))),
            ],
            """
            0e \(walletBytes) 0000000000000004 02 0000000000000384 03 00000002 0b 00 00000002 aabb 0000000000000384
            0101010101010101010101010101010101010101010101010101010101010101 0b 00000003 010203 24 0000000000000006 24
            00000002 01 0000000000000019 0000000000000001 00 0000000000000002
            """
        ),
        (
            .validate(window: BlockNumber(900), digest),
            [(.host(.call(.at(member), [0xcc], at: read)), .host(.reverted(.empty)))],
            """
            0e \(walletBytes) 0000000000000004 03 0000000000000384
            a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 00000001 0b 02
            adadadadadadadadadadadadadadadadadadadad 00000001 cc 0000000000000384
            0101010101010101010101010101010101010101010101010101010101010101 0c 00000000
            """
        ),
        (
            .assemble(window: BlockNumber(900)),
            [(.bitcoin(.tip), .bitcoin(.tip(BitcoinTip(height: 800_000, hash: BlockHash(hash(0x0f))))))],
            """
            0e \(walletBytes) 0000000000000004 04 0000000000000384 00000001 20 20 000c3500
            0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f
            """
        ),
        (
            .track(ActionRecord.ID(wallet: wallet, unsigned: hash(0xa7))),
            [(.bitcoin(.spender(of: outPoint)), .bitcoin(.spender(.unspent)))],
            """
            0e \(walletBytes) 0000000000000004 05 \(walletBytes)
            a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7 00000001 23
            c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00000005 23 00
            """
        ),
        (
            .decideFault(window: BlockNumber(900)),
            [(.bitcoin(.transaction(outPoint.txid)), .unavailable(.silent))],
            """
            0e \(walletBytes) 0000000000000004 06 0000000000000384 00000001 21
            c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00 01
            """
        ),
        (.decideFault(window: BlockNumber(900)), [], "0e \(walletBytes) 0000000000000004 06 0000000000000384 00000000"),
    ]

    private static let evaluations: [(NodeInput, String)] = answered.map { purpose, answers, golden in
        (NodeInput.answered(EvaluationKey(wallet: wallet, purpose: purpose, reorgCount: 4), answers), golden)
    }

    private static let inputs: [(NodeInput, String)] = told + evaluations

    @Test("Every input has these bytes, comes back from them, and is refused when cut or lengthened", arguments: inputs)
    func bytes(input: NodeInput, golden: String) throws {
        let bytes = input.encoded
        #expect(bytes.hex == golden.filter { !$0.isWhitespace })
        let again = try NodeInput(decoding: bytes)
        #expect(again.encoded == bytes)
        #expect(String(describing: again) == String(describing: input))
        #expect(throws: DecodingFailure.trailing(count: 1)) { try NodeInput(decoding: bytes + [0]) }
        for length in bytes.indices {
            #expect(throws: DecodingFailure.self) { try NodeInput(decoding: Bytes(bytes.prefix(length))) }
        }
    }

    @Test("The table has an input of every kind, and no other byte begins an input")
    func kinds() {
        let shown = Set(Self.inputs.compactMap { input, _ in input.encoded.first })
        #expect(shown == Set(NodeInput.kinds))
        for byte in UInt8.min...UInt8.max where !shown.contains(byte) {
            #expect(throws: DecodingFailure.value(field: "input"), "byte \(byte)") {
                try NodeInput(decoding: [byte])
            }
        }
    }

    @Test("The table has an evaluation for every purpose, and no other byte names one")
    func purposes() throws {
        // The kind, the wallet and the branch stand before the purpose.
        let head = try Bytes(hex: "0e\(Self.walletBytes)0000000000000004")
        let shown = Set(
            Self.inputs.compactMap { input, _ in
                input.encoded.starts(with: head) ? input.encoded.dropFirst(head.count).first : nil
            })
        #expect(shown == Set(1...6 as ClosedRange<UInt8>))
        for byte in UInt8.min...UInt8.max where !shown.contains(byte) {
            #expect(throws: DecodingFailure.value(field: "purpose"), "byte \(byte)") {
                try NodeInput(decoding: head + [byte])
            }
        }
    }
}
