import Bitcoin
import Coordination
import Ethereum
import Primitives
import Testing
import WalletActions

/// Questions and answers as journals and bundles hold them.
@Suite struct ChainCodecTests {
    private static let wallet = WalletPublicKeyHash(hash160(Bytes("wallet".utf8)))
    private static let read = BlockReference(number: BlockNumber(900), hash: sha256([1]))
    private static let script: Bytes = [0x00, 0x14] + Bytes(repeating: 7, count: 20)
    private static let outPoint = OutPoint(txid: Txid(sha256([3])), index: 5)
    private static let output = TxOutput(value: Satoshis(70_000) ?? .zero, script: Script(script))
    private static let transaction = Transaction(
        version: 1, inputs: [TxInput(outPoint: outPoint, sequence: 0xffff_fffd)], outputs: [output], lockTime: 0)

    private static let address = EthereumAddress(hash160([11]))

    /// Every question with its bytes; `read` is block 900 of hash `SHA-256(01)`.
    private static let queries: [(ChainQuery, String)] = [
        (.host(.block(BlockNumber(7))), "01 0000000000000007"),
        (.host(.call(.bridge, [0xaa, 0xbb], at: read)), "0b 00 00000002aabb \(place)"),
        (.host(.call(.validator, [], at: read)), "0b 01 00000000 \(place)"),
        (.host(.call(.at(address), [0xcc], at: read)), "0b 02 \(address.hex) 00000001cc \(place)"),
        (.host(.redemptionRequests(wallet, upTo: BlockNumber(8))), "07 \(wallet.hex) 0000000000000008"),
        (.host(.announcedTransactions(wallet, upTo: BlockNumber(9))), "08 \(wallet.hex) 0000000000000009"),
        (.bitcoin(.tip), "20"), (.bitcoin(.transaction(outPoint.txid)), "21 \(outPoint.txid.hash.hex)"),
        (.bitcoin(.unspentOutputs(Script(script))), "22 00000016 \(script.hex)"),
        (.bitcoin(.spender(of: outPoint)), "23 \(outPoint.txid.hash.hex) 00000005"),
        (.bitcoin(.feeQuotes(target: 6)), "24 0000000000000006"),
    ]

    private static let place = "0000000000000384" + sha256([1]).hex
    private static let made = LocatedTransaction(
        transaction: transaction, place: .block(height: 9, hash: BlockHash(sha256([16])), confirmations: 3))

    /// Every answer with its bytes.
    private static let answers: [(ChainAnswer, String)] = [
        (.unavailable(.silent), "00 01"), (.unavailable(.stale), "00 02"), (.unavailable(.contradiction), "00 03"),
        (.unavailable(.missing), "00 04"),
        (
            .host(
                .block(
                    HostBlock(
                        number: BlockNumber(7), hash: sha256([7]), parentHash: sha256([6]),
                        timestamp: UnixTime(1_700_000_000)))),
            "01 0000000000000007 \(sha256([7]).hex) \(sha256([6]).hex) 000000006553f100"
        ),
        (.host(.returned([])), "0b 00000000"), (.host(.returned([1, 2, 3])), "0b 00000003 010203"),
        (.host(.reverted(.empty)), "0c 00000000"), (.host(.reverted(.other([1, 2, 3]))), "0c 00000003 010203"),
        (
            .host(.reverted(.panic(UInt256(0x11)))),
            "0c 00000024 4e487b71 0000000000000000000000000000000000000000000000000000000000000011"
        ),
        (
            .host(.reverted(.error("no"))),
            "0c 00000064 08c379a0 0000000000000000000000000000000000000000000000000000000000000020"
                + "0000000000000000000000000000000000000000000000000000000000000002"
                + "6e6f000000000000000000000000000000000000000000000000000000000000"
        ),
        (
            .host(
                .redemptionRequests([
                    RedemptionRequestedEvent(
                        block: BlockNumber(5), logIndex: 6, wallet: wallet, script: script, redeemer: address,
                        requestedAmount: 7, treasuryFee: 8, txMaxFee: 9)
                ])),
            "07 00000001 0000000000000005 0000000000000006 "
                + ContractKeys.redemption(script: script, wallet: wallet.hash).hex
                + "00000016 \(script.hex) \(address.hex) 0000000000000007 0000000000000008 0000000000000009"
        ),
        (.host(.redemptionRequests([])), "07 00000000"),
        (.host(.announcedTransactions([sha256([13])])), "08 00000001 \(sha256([13]).hex)"),
        (
            .bitcoin(.tip(BitcoinTip(height: 800_000, hash: BlockHash(sha256([15]))))),
            "20 000c3500 \(sha256([15]).hex)"
        ),
        (.bitcoin(.transaction(nil)), "21 00000000"),
        (
            .bitcoin(.transaction(LocatedTransaction(transaction: transaction, place: .mempool))),
            "21 00000001 \(counted(transaction.encoded)) 00"
        ),
        (
            .bitcoin(.spender(.spent(by: made))),
            "23 01 \(counted(transaction.encoded)) 01 00000009 \(sha256([16]).hex) 00000003"
        ),
        (.bitcoin(.spender(.unspent)), "23 00"), (.bitcoin(.spender(.noSuchOutput)), "23 02"),
        (
            .bitcoin(.unspentOutputs([UnspentOutput(outPoint: outPoint, output: output, height: 12)])),
            "22 00000001 \(outPoint.txid.hash.hex) 00000005 0000000000011170 00000016 \(script.hex) 0000000c"
        ),
        (
            .bitcoin(
                .feeQuotes([
                    FeeQuote(estimate: 25, mempoolMinimum: 1), FeeQuote(estimate: nil, mempoolMinimum: 2),
                ])),
            "24 00000002 01 0000000000000019 0000000000000001 00 0000000000000002"
        ),
    ]

    private static func counted(_ bytes: Bytes) -> String {
        var counted = Bytes()
        counted.append(counted: bytes)
        return counted.hex
    }

    @Test("Every question has these bytes, comes back from them, and is refused when cut", arguments: queries)
    func question(query: ChainQuery, golden: String) throws {
        var bytes = Bytes()
        query.append(to: &bytes)
        #expect(bytes.hex == golden.filter { $0 != " " })
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
        var bytes = Bytes()
        answer.append(to: &bytes)
        #expect(bytes.hex == golden.filter { $0 != " " })
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

    @Test("Kinds that nobody knows are refused")
    func unknown() {
        for byte: UInt8 in [2, 6, 9, 10, 13, 31, 37, 255] {
            var reader = ByteReader([byte])
            #expect(throws: DecodingFailure.value(field: "query")) { try ChainQuery(from: &reader) }
            reader = ByteReader([byte])
            #expect(throws: DecodingFailure.value(field: "answer")) { try ChainAnswer(from: &reader) }
        }
    }
}
