import Ethereum
import Primitives
import Testing

/// The calls and events whose encodings the figures hold.
enum ContractSamples {
    static let wallet = fixed(Hash20.self, "8db50eb52063ea9d98b3eac91489a90f738986f6")
    static let redeemer = fixed(EthereumAddress.self, "82883a4c7a8dd73ef165deb402d432613615ced4")
    static let key = fixed(UInt256.self, "cb493004c645792101cfa4cc5da4c16aa3148065034371a6f1478b7df4b92d39")
    static let mainUtxo = fixed(Hash32.self, "1216f8e993c4c57d3c4c971c0d2651140fc4ab09d41960d9ccd7b41fdcd270d6")
    static let walletID = fixed(Hash32.self, "a6602e554b8cf7c23538fd040e4ff3520ec680e5e5ce9a075259e613a3e5aa79")
    static let largestAmount: UInt96 = {
        let word = Bytes(repeating: 0, count: 20) + Bytes(repeating: 0xff, count: 12)
        guard let amount = UInt256(word).flatMap({ UInt96($0) }) else { preconditionFailure("96 bits fit") }
        return amount
    }()
    static let publicKeyHashScript = bytes("76a9144130879211c54df460e484ddf9aac009cb38ee7488ac")
    static let witnessScript = bytes("0014e6f9d74726b19b75f16fe1e9feaec048aa4fa1d0")

    /// Checks the call of that signature against its call data and answer, both ways.
    static func call(_ signature: String) -> ((Bytes, Bytes) throws -> Void)? {
        let checks: [String: (Bytes, Bytes) throws -> Void] = Dictionary(
            uniqueKeysWithValues: [
                check(
                    Bridge.Wallets(wallet),
                    Bridge.Wallet(
                        ecdsaWalletID: walletID, mainUtxoHash: mainUtxo,
                        pendingRedemptionsValue: 0x0102_0304_0506_0708, createdAt: UnixTime(0x1112_1314),
                        movingFundsRequestedAt: UnixTime(0x2122_2324), closingStartedAt: UnixTime(0x3132_3334),
                        pendingMovedFundsSweepRequestsCount: 0x4142_4344, state: .movingFunds,
                        movingFundsTargetWalletsCommitmentHash: key.hash)),
                check(
                    Bridge.PendingRedemptions(key),
                    Bridge.RedemptionRequest(
                        redeemer: redeemer, requestedAmount: 10_000, treasuryFee: 1000, txMaxFee: 1600,
                        requestedAt: UnixTime(1_650_623_240))),
                check(
                    Bridge.GetRedemptionParameters(),
                    Bridge.RedemptionParameters(
                        dustThreshold: .max, treasuryFeeDivisor: 2000, txMaxFee: 100_000, txMaxTotalFee: 1_000_000,
                        timeout: .max, timeoutSlashingAmount: largestAmount, timeoutNotifierRewardMultiplier: 100)),
                check(Bridge.GetRedemptionWatchtower(), redeemer),
                check(
                    WalletProposalValidator.ValidateRedemptionProposal(
                        WalletProposalValidator.RedemptionProposal(
                            wallet: wallet,
                            redeemersOutputScripts: [
                                PrefixedScript(publicKeyHashScript), PrefixedScript(witnessScript),
                            ],
                            redemptionTxFee: UInt256(1600))),
                    true),
                check(
                    WalletProposalValidator.ValidateHeartbeatProposal(
                        WalletProposalValidator.HeartbeatProposal(
                            wallet: wallet, message: bytes("ffffffffffffffffe0d75aecd29e5bca"))),
                    true),
                check(WalletProposalValidator.RedemptionRequestMinAge(), 600),
                check(WalletProposalValidator.RedemptionRequestTimeoutSafetyMargin(), 7200),
                check(WalletProposalValidator.RedemptionMaxSize(), 20),
                check(RedemptionWatchtower.GetRedemptionDelay(key), 7200),
            ])
        return checks[signature]
    }

    /// Checks the event of that signature against its log, both ways.
    static func event(_ signature: String) -> ((EventLog) throws -> Void)? {
        let checks: [String: (EventLog) throws -> Void] = Dictionary(
            uniqueKeysWithValues: [
                check(
                    Bridge.RedemptionRequested(
                        wallet: wallet, redeemerOutputScript: PrefixedScript(publicKeyHashScript), redeemer: redeemer,
                        requestedAmount: 10_000, treasuryFee: 1000, txMaxFee: 1600)),
                check(
                    Bridge.RedemptionTimedOut(wallet: wallet, redeemerOutputScript: PrefixedScript(witnessScript))),
                check(Bridge.RedemptionsCompleted(wallet: wallet, transaction: mainUtxo)),
                check(Bridge.MovedFundsSwept(wallet: wallet, transaction: mainUtxo)),
                check(Bridge.DepositsSwept(wallet: wallet, transaction: mainUtxo)),
                check(Bridge.NewWalletRegistered(ecdsaWalletID: walletID, wallet: wallet)),
            ])
        return checks[signature]
    }

    private static func check<Call: ContractCall>(
        _ call: Call, _ answer: Call.Answer
    ) -> (String, (Bytes, Bytes) throws -> Void) {
        (
            Call.function.signature,
            { data, returned in
                #expect(call.encoded == data)
                let decodedCall = try Call(decoding: data)
                #expect(decodedCall == call)
                #expect(Call.encode(answer: answer) == returned)
                let decodedAnswer = try Call.decode(answer: returned)
                #expect(decodedAnswer == answer)
            }
        )
    }

    private static func check<Event: ContractEvent>(_ event: Event) -> (String, (EventLog) throws -> Void) {
        (
            Event.type.signature,
            { log in
                #expect(event.log(from: log.address) == log)
                let decoded = try Event(decoding: log)
                #expect(decoded == event)
            }
        )
    }

    private static func fixed<Value: FixedBytes>(_: Value.Type, _ hex: String) -> Value {
        guard let value = try? Value(hex: hex) else { preconditionFailure("\(hex) is no \(Value.self)") }
        return value
    }

    private static func bytes(_ hex: String) -> Bytes {
        guard let bytes = try? Bytes(hex: hex) else { preconditionFailure("\(hex) is not hexadecimal") }
        return bytes
    }
}
