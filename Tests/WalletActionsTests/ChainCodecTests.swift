import Bitcoin
import Coordination
import Primitives
import Testing
import WalletActions

/// Questions and answers as journals and bundles hold them.
@Suite struct ChainCodecTests {
    private static let wallet = WalletPublicKeyHash(hash160(Bytes("wallet".utf8)))
    private static let read = BlockReference(number: BlockNumber(900), hash: sha256([1]))
    private static let key = UInt256(sha256([2]))
    private static let script: Bytes = [0x00, 0x14] + Bytes(repeating: 7, count: 20)
    private static let outPoint = OutPoint(txid: Txid(sha256([3])), index: 5)
    private static let output = TxOutput(value: Satoshis(70_000) ?? .zero, script: Script(script))
    private static let transaction = Transaction(
        version: 1, inputs: [TxInput(outPoint: outPoint, sequence: 0xffff_fffd)], outputs: [output], lockTime: 0)

    private static let queries: [ChainQuery] = [
        .host(.block(BlockNumber(7))), .host(.wallet(wallet, at: read)), .host(.redemptionParameters(at: read)),
        .host(.redemptionConstants(at: read)), .host(.pendingRedemption(key: key, at: read)),
        .host(.redemptionDelay(key: key, at: read)), .host(.redemptionRequests(wallet, upTo: BlockNumber(8))),
        .host(.announcedTransactions(wallet, upTo: BlockNumber(9))),
        .host(.validateRedemption(wallet, scripts: [script, []], fee: 900, at: read)),
        .host(.validateHeartbeat(wallet, message: [0xff], at: read)), .bitcoin(.tip),
        .bitcoin(.transaction(outPoint.txid)), .bitcoin(.unspentOutputs(Script(script))),
        .bitcoin(.spender(of: outPoint)), .bitcoin(.feeQuotes(target: 6)),
    ]

    private static let answers: [ChainAnswer] =
        [ChainAnswer.Unavailable.silent, .stale, .contradiction, .missing].map { .unavailable($0) } + [
            .host(
                .block(
                    HostBlock(
                        number: BlockNumber(7), hash: sha256([7]), parentHash: sha256([6]),
                        timestamp: UnixTime(1_700_000_000)))),
            .host(
                .wallet(
                    WalletRecord(
                        ecdsaWalletID: sha256([8]), mainUtxoHash: sha256([9]), pendingRedemptionsValue: 1,
                        createdAt: UnixTime(2), movingFundsRequestedAt: UnixTime(3), closingStartedAt: UnixTime(4),
                        pendingMovedFundsSweepRequestsCount: 5, state: .movingFunds,
                        movingFundsTargetWalletsCommitmentHash: sha256([10])))),
            .host(
                .redemptionParameters(
                    RedemptionParameters(dustThreshold: 1, txMaxFee: 2, txMaxTotalFee: 3, timeout: 4))),
            .host(
                .redemptionConstants(
                    RedemptionConstants(requestMinAge: 1, requestTimeoutSafetyMargin: 2, maxSize: 3))),
            .host(
                .pendingRedemption(
                    RedemptionRequest(
                        redeemer: EthereumAddress(hash160([11])), requestedAmount: 1, treasuryFee: 2, txMaxFee: 3,
                        requestedAt: UnixTime(4)))),
            .host(.redemptionDelay(7_200)),
            .host(
                .redemptionRequests([
                    RedemptionRequestedEvent(
                        block: BlockNumber(5), logIndex: 6, wallet: wallet, script: script,
                        redeemer: EthereumAddress(hash160([12])), requestedAmount: 7, treasuryFee: 8, txMaxFee: 9)
                ])), .host(.redemptionRequests([])), .host(.announcedTransactions([sha256([13]), sha256([14])])),
            .host(.valid), .host(.reverted(.message("Not a pending redemption request"))),
            .host(.reverted(.panic(0x11))), .host(.reverted(.data([1, 2, 3]))),
            .bitcoin(.tip(BitcoinTip(height: 800_000, hash: BlockHash(sha256([15]))))),
            .bitcoin(.transaction(nil)),
            .bitcoin(.transaction(LocatedTransaction(transaction: transaction, place: .mempool))),
            .bitcoin(
                .spender(
                    .spent(
                        by: LocatedTransaction(
                            transaction: transaction,
                            place: .block(height: 9, hash: BlockHash(sha256([16])), confirmations: 3))))),
            .bitcoin(.spender(.unspent)), .bitcoin(.spender(.noSuchOutput)),
            .bitcoin(.unspentOutputs([UnspentOutput(outPoint: outPoint, output: output, height: 12)])),
            .bitcoin(
                .feeQuotes([
                    FeeQuote(estimate: 25, mempoolMinimum: 1), FeeQuote(estimate: nil, mempoolMinimum: 2),
                ])),
        ]

    @Test("Every question comes back as it was, and is refused when cut", arguments: queries)
    func question(query: ChainQuery) throws {
        var bytes = Bytes()
        query.append(to: &bytes)
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

    @Test("Every answer comes back as it was, and is refused when cut", arguments: answers)
    func answer(answer: ChainAnswer) throws {
        var bytes = Bytes()
        answer.append(to: &bytes)
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
        for byte: UInt8 in [11, 31, 37, 255] {
            var reader = ByteReader([byte])
            #expect(throws: DecodingFailure.value(field: "query")) { try ChainQuery(from: &reader) }
            reader = ByteReader([byte])
            #expect(throws: DecodingFailure.value(field: "answer")) { try ChainAnswer(from: &reader) }
        }
    }
}
