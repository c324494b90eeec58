import Bitcoin
import Coordination
import Ethereum
import Primitives
import Testing
import WalletActions

/// Questions and answers as journals and bundles hold them: the golden bytes of docs/protocol/wire.md §9, computed
/// independently of this code.
@Suite struct ChainCodecTests {
    private static let wallet = WalletPublicKeyHash(Hash20(Bytes(0..<20)) ?? .zero)
    private static let address = EthereumAddress(Hash20(Bytes(repeating: 0xad, count: 20)) ?? .zero)
    private static let read = BlockReference(number: BlockNumber(900), hash: hash(0x01))
    private static let script: Bytes = [0x00, 0x14] + Bytes(repeating: 7, count: 20)
    private static let outPoint = OutPoint(txid: Txid(hash(0xc1)), index: 5)
    private static let output = TxOutput(value: Satoshis(70_000) ?? .zero, script: Script(script))

    /// The transaction that spends the output, with this witness.
    private static func transaction(_ witness: [Bytes]) -> Transaction {
        Transaction(
            version: 1, inputs: [TxInput(outPoint: outPoint, sequence: 0xffff_fffd, witness: witness)],
            outputs: [output], lockTime: 0)
    }

    private static let unconfirmed = LocatedTransaction(transaction: transaction([]), place: .mempool)
    private static let mined = LocatedTransaction(
        transaction: transaction([Bytes(repeating: 0x5f, count: 64)]),
        place: .block(height: 9, hash: BlockHash(hash(0x10)), confirmations: 3))

    private static func hash(_ byte: UInt8) -> Hash32 { Hash32(Bytes(repeating: byte, count: 32)) ?? .zero }

    private static let walletBytes = "000102030405060708090a0b0c0d0e0f10111213"
    private static let scriptBytes = "00140707070707070707070707070707070707070707"
    private static let unsignedBytes = """
        0100000001c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c10500000000fdffffff0170
        11010000000000160014070707070707070707070707070707070707070700000000
        """
    private static let signedBytes = """
        01000000000101c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c10500000000fdffffff
        017011010000000000160014070707070707070707070707070707070707070701405f5f5f5f5f5f5f5f5f5f5f5f5f5f
        5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f00000000
        """

    /// Every question with its bytes.
    private static let queries: [(ChainQuery, String)] = [
        (.host(.block(BlockNumber(7))), "01 0000000000000007"),
        (
            .host(.call(.bridge, [0xaa, 0xbb], at: read)),
            "0b 00 00000002 aabb 0000000000000384 0101010101010101010101010101010101010101010101010101010101010101"
        ),
        (
            .host(.call(.validator, [], at: read)),
            "0b 01 00000000 0000000000000384 0101010101010101010101010101010101010101010101010101010101010101"
        ),
        (
            .host(.call(.at(address), [0xcc], at: read)),
            """
            0b 02 adadadadadadadadadadadadadadadadadadadad 00000001 cc 0000000000000384
            0101010101010101010101010101010101010101010101010101010101010101
            """
        ),
        (.host(.redemptionRequests(wallet, upTo: BlockNumber(8))), "07 \(walletBytes) 0000000000000008"),
        (.host(.announcedTransactions(wallet, upTo: BlockNumber(9))), "08 \(walletBytes) 0000000000000009"),
        (.bitcoin(.tip), "20"),
        (.bitcoin(.transaction(outPoint.txid)), "21 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"),
        (.bitcoin(.unspentOutputs(Script(script))), "22 00000016 \(scriptBytes)"),
        (
            .bitcoin(.spender(of: outPoint)),
            "23 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00000005"
        ),
        (.bitcoin(.feeQuotes(target: 6)), "24 0000000000000006"),
    ]

    /// Every answer about the host chain, and every reason for no answer, with its bytes.
    private static let hostAnswers: [(ChainAnswer, String)] = [
        (.unavailable(.silent), "00 01"),
        (.unavailable(.stale), "00 02"),
        (.unavailable(.contradiction), "00 03"),
        (.unavailable(.missing), "00 04"),
        (
            .host(
                .block(
                    HostBlock(
                        number: BlockNumber(7), hash: hash(0x07), parentHash: hash(0x06),
                        timestamp: UnixTime(1_700_000_000)))),
            """
            01 0000000000000007 0707070707070707070707070707070707070707070707070707070707070707
            0606060606060606060606060606060606060606060606060606060606060606 000000006553f100
            """
        ),
        (.host(.returned([])), "0b 00000000"),
        (.host(.returned([1, 2, 3])), "0b 00000003 010203"),
        (.host(.reverted(.empty)), "0c 00000000"),
        (.host(.reverted(.other([1, 2, 3]))), "0c 00000003 010203"),
        (
            .host(.reverted(.panic(UInt256(0x11)))),
            "0c 00000024 4e487b71 0000000000000000000000000000000000000000000000000000000000000011"
        ),
        (
            .host(.reverted(.error("no"))),
            """
            0c 00000064 08c379a0 0000000000000000000000000000000000000000000000000000000000000020
            0000000000000000000000000000000000000000000000000000000000000002
            6e6f000000000000000000000000000000000000000000000000000000000000
            """
        ),
        (
            .host(
                .redemptionRequests([
                    RedemptionRequestedEvent(
                        block: BlockNumber(5), logIndex: 6, wallet: wallet, script: script, redeemer: address,
                        requestedAmount: 7, treasuryFee: 8, txMaxFee: 9)
                ])),
            """
            07 00000001 0000000000000005 0000000000000006
            e8b26314ef70568df3141b95ef3598819dd9897a4221b75a8ff04ef97a84ea70 00000016 \(scriptBytes)
            adadadadadadadadadadadadadadadadadadadad 0000000000000007 0000000000000008 0000000000000009
            """
        ),
        (.host(.redemptionRequests([])), "07 00000000"),
        (
            .host(.announcedTransactions([hash(0x0d), hash(0x0c)])),
            """
            08 00000002 0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d
            0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c
            """
        ),
        (.host(.announcedTransactions([])), "08 00000000"),
    ]

    /// Every answer about Bitcoin with its bytes.
    private static let bitcoinAnswers: [(ChainAnswer, String)] = [
        (
            .bitcoin(.tip(BitcoinTip(height: 800_000, hash: BlockHash(hash(0x0f))))),
            "20 000c3500 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
        ),
        (.bitcoin(.transaction(nil)), "21 00000000"),
        (.bitcoin(.transaction(unconfirmed)), "21 00000001 00000052 \(unsignedBytes) 00"),
        (
            .bitcoin(.transaction(mined)),
            """
            21 00000001 00000096 \(signedBytes) 01 00000009
            1010101010101010101010101010101010101010101010101010101010101010 00000003
            """
        ),
        (
            .bitcoin(.unspentOutputs([UnspentOutput(outPoint: outPoint, output: output, height: 12)])),
            """
            22 00000001 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00000005 0000000000011170
            00000016 \(scriptBytes) 0000000c
            """
        ),
        (.bitcoin(.unspentOutputs([])), "22 00000000"),
        (.bitcoin(.spender(.unspent)), "23 00"),
        (
            .bitcoin(.spender(.spent(by: mined))),
            """
            23 01 00000096 \(signedBytes) 01 00000009 1010101010101010101010101010101010101010101010101010101010101010
            00000003
            """
        ),
        (.bitcoin(.spender(.spent(by: unconfirmed))), "23 01 00000052 \(unsignedBytes) 00"),
        (.bitcoin(.spender(.noSuchOutput)), "23 02"),
        (
            .bitcoin(
                .feeQuotes([
                    FeeQuote(estimate: 25, mempoolMinimum: 1), FeeQuote(estimate: nil, mempoolMinimum: 2),
                ])),
            "24 00000002 01 0000000000000019 0000000000000001 00 0000000000000002"
        ),
        (.bitcoin(.feeQuotes([])), "24 00000000"),
    ]

    private static let answers = hostAnswers + bitcoinAnswers

    private static func bytes(_ query: ChainQuery) -> Bytes {
        var bytes = Bytes()
        query.append(to: &bytes)
        return bytes
    }

    private static func bytes(_ answer: ChainAnswer) -> Bytes {
        var bytes = Bytes()
        answer.append(to: &bytes)
        return bytes
    }

    @Test("Every question has these bytes, comes back from them, and is refused when cut", arguments: queries)
    func question(query: ChainQuery, golden: String) throws {
        let bytes = Self.bytes(query)
        #expect(bytes.hex == golden.filter { !$0.isWhitespace })
        var reader = ByteReader(bytes)
        #expect(try ChainQuery(from: &reader) == query)
        try reader.finish()
        for length in bytes.indices {
            #expect(throws: DecodingFailure.self) {
                var reader = ByteReader(Bytes(bytes.prefix(length)))
                _ = try ChainQuery(from: &reader)
            }
        }
    }

    @Test("Every answer has these bytes, comes back from them, and is refused when cut", arguments: answers)
    func answer(answer: ChainAnswer, golden: String) throws {
        let bytes = Self.bytes(answer)
        #expect(bytes.hex == golden.filter { !$0.isWhitespace })
        var reader = ByteReader(bytes)
        #expect(try ChainAnswer(from: &reader) == answer)
        try reader.finish()
        for length in bytes.indices {
            #expect(throws: DecodingFailure.self) {
                var reader = ByteReader(Bytes(bytes.prefix(length)))
                _ = try ChainAnswer(from: &reader)
            }
        }
    }

    @Test("The tables have every kind, and no other byte begins a question or an answer")
    func kinds() {
        let questions = Set(Self.queries.compactMap { query, _ in Self.bytes(query).first })
        let answers = Set(Self.answers.compactMap { answer, _ in Self.bytes(answer).first })
        let asked: Set<UInt8> = [1, 7, 8, 11, 32, 33, 34, 35, 36]
        #expect(questions == asked)
        #expect(answers == asked.union([0, 12]))
        for byte in UInt8.min...UInt8.max where !questions.contains(byte) {
            #expect(throws: DecodingFailure.value(field: "query"), "byte \(byte)") {
                var reader = ByteReader([byte])
                _ = try ChainQuery(from: &reader)
            }
        }
        for byte in UInt8.min...UInt8.max where !answers.contains(byte) {
            #expect(throws: DecodingFailure.value(field: "answer"), "byte \(byte)") {
                var reader = ByteReader([byte])
                _ = try ChainAnswer(from: &reader)
            }
        }
    }
}
