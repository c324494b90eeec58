import Bitcoin
import Coordination
import Ethereum
import Primitives
import Secp256k1
import Testing

@testable import WalletActions

/// A proposal on its chains, to be spoilt in one way.
struct RedemptionScene {
    var chain = ScriptedChain()
    /// The two requests of the chain.
    var scripts = [ScriptedChain.script(1), ScriptedChain.script(2)]
    /// 10 sat/vB: one taproot input, change and two P2WPKH outputs are 173 vB.
    var fee: UInt64 = 1_730

    static let vsize: UInt64 = 173

    var proposal: Proposal { .redemption(scripts: scripts, fee: fee) }

    mutating func check() -> ProposalCheck { chain.validate(proposal) }

    /// Makes the sources silent for some questions.
    mutating func silence(_ isSilent: @escaping @Sendable (ChainQuery) -> Bool) {
        chain.override = { isSilent($0) ? .unavailable(.silent) : nil }
    }

    /// Makes the validator revert.
    mutating func revert(_ text: RevertReason) {
        chain.override = { if case .validateRedemption = $0.asks { .host(.reverted(text)) } else { nil } }
    }
}

/// One way to break exactly one rule of what a scene shows.
struct BrokenRule<Scene>: Sendable, CustomTestStringConvertible {
    let rule: ActionRule
    let failureClass: FailureClass
    let how: String
    let proposed: Bytes
    let found: Bytes
    let spoil: @Sendable (inout Scene) throws -> Void

    init(
        _ rule: ActionRule, _ failureClass: FailureClass, _ how: String, proposed: Bytes = [], found: Bytes = [],
        spoil: @escaping @Sendable (inout Scene) throws -> Void
    ) {
        self.rule = rule
        self.failureClass = failureClass
        self.how = how
        self.proposed = proposed
        self.found = found
        self.spoil = spoil
    }

    var testDescription: String { "\(rule.rawValue): \(how)" }
}

/// A way to break each rule of a redemption, in every class in which it can fail.
enum BrokenRules {
    static let all: [BrokenRule<RedemptionScene>] = common + contract + own + transaction

    private static let base = ScriptedChain()
    private static let mainHash = base.existingMain.hash.bytes
    private static let mainOutPoint = base.existingMain.outPoint.encoded
    private static let begin = base.begin.rawValue

    private static func script(_ number: Int) -> Bytes { ScriptedChain.script(number) }

    // MARK: - Section 9.1

    private static let common: [BrokenRule<RedemptionScene>] = [
        BrokenRule(.proposalShape, .invalid, "too many requests", proposed: value(21), found: value(20)) {
            $0.scripts = (0..<21).map(script)
        },
        BrokenRule(.proposalShape, .invalid, "an empty script", proposed: value(0), found: value(252)) {
            $0.scripts[1] = []
        },
        BrokenRule(.proposalShape, .invalid, "a script of 253 bytes", proposed: value(253), found: value(252)) {
            $0.scripts[1] = Bytes(repeating: 0x51, count: 253)
        },
        BrokenRule(
            .proposalShape, .invalid, "more than all bitcoin", proposed: value(2_100_000_000_000_001),
            found: value(2_100_000_000_000_000)
        ) { $0.fee = 2_100_000_000_000_001 },
        BrokenRule(.chainHost, .cannotTell, "the wallet cannot be read", found: value("silent")) {
            $0.silence { if case .wallet = $0.asks { true } else { false } }
        },
        BrokenRule(.chainBitcoin, .cannotTell, "no tip", found: value("silent")) {
            $0.silence { $0 == .bitcoin(.tip) }
        },
        BrokenRule(
            .walletBusy, .view, "an action runs past the window's end", proposed: value(begin),
            found: value(begin + 1)
        ) { $0.chain.busyUntil = BlockNumber(begin + 1) },
        BrokenRule(
            .walletBusy, .view, "a record locks the main UTXO", proposed: mainOutPoint, found: foreignID
        ) { $0.chain.records = [try foreignRecord()] },
        BrokenRule(
            .walletBusy, .view, "a record of the same requests has other bytes", proposed: mainOutPoint,
            found: sameRequestsID
        ) { $0.chain.records = [try sameRequestsRecord()] },
        BrokenRule(.walletMainUTXO, .cannotTell, "no candidate is left", proposed: mainHash) {
            $0.chain.unspent = [:]
        },
        BrokenRule(.walletMainUTXO, .cannotTell, "the scan is not answered", found: value("silent")) {
            $0.silence { if case .bitcoin(.unspentOutputs) = $0 { true } else { false } }
        },
        BrokenRule(.walletMainUTXO, .cannotTell, "its transaction is in no block", proposed: mainHash) { scene in
            scene.chain.transactions = scene.chain.transactions.mapValues {
                ScriptedChain.located($0.transaction, confirmations: 0)
            }
        },
        BrokenRule(
            .walletAgreement, .view, "a transaction of the wallet is in flight", proposed: mainOutPoint,
            found: inFlight.txid.bytes
        ) { scene in
            scene.chain.spenders[base.existingMain.outPoint] = ScriptedChain.located(inFlight, confirmations: 0)
        },
        BrokenRule(
            .walletAgreement, .cannotTell, "the spend that a source shows does not verify", proposed: mainOutPoint,
            found: value("contradiction")
        ) { scene in
            let unsigned = Transaction(
                version: 1, inputs: [TxInput(outPoint: base.existingMain.outPoint, sequence: 0)],
                outputs: inFlight.outputs, lockTime: 0)
            let signature = try #require(SchnorrSignature(Bytes(repeating: 1, count: 64)))
            let unlocked = unsigned.unlocked(by: [.taprootKeyPath(signature)])
            scene.chain.spenders[base.existingMain.outPoint] = ScriptedChain.located(unlocked, confirmations: 3)
        },
        BrokenRule(.walletAgreement, .cannotTell, "the spender is not answered", found: value("silent")) {
            $0.silence { if case .bitcoin(.spender) = $0 { true } else { false } }
        },
        BrokenRule(
            .walletAgreement, .cannotTell, "the sources know no such output", proposed: mainOutPoint,
            found: value("no such output")
        ) {
            $0.chain.override = { if case .bitcoin(.spender) = $0 { .bitcoin(.spender(.noSuchOutput)) } else { nil } }
        },
        BrokenRule(
            .checklistOwed, .view, "a request near its deadline is not paid", proposed: value("redemption"),
            found: script(3)
        ) { scene in
            scene.chain.requests.append(
                ScriptedChain.Request(
                    script: script(3), amount: 100_000, treasuryFee: 0,
                    requestedAt: ScriptedChain.now - 432_000 + 6 * 10_800 - 1))
        },
    ]

    private static let inFlight = base.spend([
        TxOutput(value: base.existingMain.output.value, script: Script(script(7)))
    ])

    /// Another redemption's record that still holds the lock.
    private static func foreignRecord() throws -> ActionRecord {
        var chain = ScriptedChain()
        return try chain.record(.redemption(scripts: [script(2)], fee: 1_420))
    }

    private static let foreignID = (try? foreignRecord())?.id.unsigned.bytes ?? []

    /// A record for the same requests with another fee.
    private static func sameRequestsRecord() throws -> ActionRecord {
        var chain = ScriptedChain()
        return try chain.record(.redemption(scripts: [script(1), script(2)], fee: 1_731))
    }

    private static let sameRequestsID = (try? sameRequestsRecord())?.id.unsigned.bytes ?? []

    // MARK: - The validator's rows (contracts.md §5.2)

    private static let contract: [BrokenRule<RedemptionScene>] = [
        BrokenRule(
            .redemptionState, .invalid, "Closing", found: value("Wallet is not in Live or MovingFunds state")
        ) { $0.chain.state = .closing },
        BrokenRule(.redemptionMinSize, .invalid, "no request", found: value("Redemption below the min size")) {
            $0.scripts = []
        },
        BrokenRule(.redemptionMaxSize, .invalid, "two of one", found: value("Redemption exceeds the max size")) {
            $0.chain.constants = RedemptionConstants(
                requestMinAge: 600, requestTimeoutSafetyMargin: 7_200, maxSize: 1)
        },
        BrokenRule(.redemptionFeeZero, .invalid, "zero", found: value("Proposed transaction fee cannot be zero")) {
            $0.fee = 0
        },
        BrokenRule(
            .redemptionTotalFee, .invalid, "one too many", found: value("Proposed transaction fee is too high")
        ) {
            $0.chain.parameters = Bridge.RedemptionParameters(
                dustThreshold: 10_000, txMaxFee: 100_000, txMaxTotalFee: 1_729, timeout: 432_000)
        },
        BrokenRule(
            .redemptionNotPending, .invalid, "vetoed", found: value("Not a pending redemption request")
        ) { $0.chain.requests[1].isPending = false },
        BrokenRule(
            .redemptionMinAge, .invalid, "at the minimum age to the second",
            found: value("Redemption request min age not achieved yet")
        ) { $0.chain.requests[1].requestedAt = ScriptedChain.now - 600 },
        BrokenRule(
            .redemptionMinAge, .invalid, "the watchtower delays it",
            found: value("Redemption request min age not achieved yet")
        ) { $0.chain.requests[1].delay = 90_000 },
        BrokenRule(
            .redemptionTimeoutMargin, .invalid, "at the margin to the second",
            found: value("Redemption request timeout safety margin is not preserved")
        ) { $0.chain.requests[1].requestedAt = ScriptedChain.now - 432_000 + 7_200 },
        BrokenRule(
            .redemptionFeeShare, .invalid, "the last one's with the remainder",
            found: value("Proposed transaction per-request fee share is too high")
        ) {
            $0.fee = 1_731
            $0.chain.requests[1].txMaxFee = 865
        },
        BrokenRule(.redemptionDuplicate, .invalid, "twice", found: value("Duplicated request")) {
            $0.scripts = [script(1), script(1)]
        },
        BrokenRule(.redemptionValidator, .invalid, "an unknown string", found: value("Paused")) {
            $0.revert(.error("Paused"))
        },
        BrokenRule(.redemptionValidator, .invalid, "a panic", found: value(0x11)) { $0.revert(.panic(UInt256(0x11))) },
        BrokenRule(.redemptionValidator, .invalid, "raw revert data", found: [0xde, 0xad]) {
            $0.revert(.other([0xde, 0xad]))
        },
        BrokenRule(.redemptionValidator, .cannotTell, "no answer", found: value("silent")) {
            $0.silence { if case .validateRedemption = $0.asks { true } else { false } }
        },
        BrokenRule(.redemptionValidator, .cannotTell, "another kind of answer", found: value("contradiction")) {
            $0.chain.override = {
                if case .validateRedemption = $0.asks { .host(.announcedTransactions([])) } else { nil }
            }
        },
    ]

    // MARK: - Our own rows of section 9.2

    private static let own: [BrokenRule<RedemptionScene>] = [
        BrokenRule(.redemptionMainUTXO, .invalid, "the Bridge names none", found: value("none")) {
            $0.chain.main = nil
        },
        BrokenRule(.redemptionEvent, .cannotTell, "no event", proposed: script(2), found: value("no event")) { scene in
            scene.chain.requests[1].eventBlock = ScriptedChain.open.rawValue + 1
        },
        BrokenRule(
            .redemptionEvent, .invalid, "not settled", proposed: value(8_969), found: value(8_968)
        ) { $0.chain.requests[1].eventBlock = ScriptedChain.open.rawValue - 31 },
        BrokenRule(
            .redemptionEvent, .cannotTell, "the latest event tells of another request", proposed: value(1_999_999),
            found: value(2_000_000)
        ) { scene in
            var stale = scene.chain.requests[1]
            stale.amount = 1_999_999
            scene.chain.requests.append(stale)
        },
        BrokenRule(
            .redemptionEvent, .invalid, "an older one fits, the latest is not settled", proposed: value(8_990),
            found: value(8_968)
        ) { scene in
            var again = scene.chain.requests[1]
            again.eventBlock = 8_990
            scene.chain.requests.append(again)
        },
        BrokenRule(.redemptionEvent, .cannotTell, "the index has a hole", found: value("missing")) {
            $0.chain.override = {
                if case .host(.redemptionRequests) = $0 { .unavailable(.missing) } else { nil }
            }
        },
        BrokenRule(.redemptionScript, .invalid, "no kind of output", proposed: [0x6a]) {
            $0.chain.requests[1].script = [0x6a]
            $0.scripts[1] = [0x6a]
        },
        BrokenRule(.redemptionScript, .invalid, "the wallet's own", proposed: base.wallet.outputScript.bytes) {
            $0.chain.requests[1].script = base.wallet.outputScript.bytes
            $0.scripts[1] = base.wallet.outputScript.bytes
        },
        BrokenRule(
            .redemptionScript, .invalid, "the wallet's key by another kind of output",
            proposed: Script.p2pkh(base.wallet.hash.hash).bytes
        ) {
            $0.chain.requests[1].script = Script.p2pkh(base.wallet.hash.hash).bytes
            $0.scripts[1] = Script.p2pkh(base.wallet.hash.hash).bytes
        },
        BrokenRule(
            .redemptionValue, .invalid, "one satoshi more than there is", proposed: value(10_000_001),
            found: value(10_000_000)
        ) { $0.chain.requests[1].amount = 9_001_501 },
        BrokenRule(
            .redemptionAbsorbedFee, .invalid, "dust change beside the fee", proposed: value(1_730 + 329),
            found: value(2_058)
        ) {
            $0.chain.requests[1].amount = 9_001_500 - 329
            $0.chain.parameters = Bridge.RedemptionParameters(
                dustThreshold: 10_000, txMaxFee: 100_000, txMaxTotalFee: 2_058, timeout: 432_000)
        },
    ]

    // MARK: - Section 9.3

    private static let transaction: [BrokenRule<RedemptionScene>] = [
        BrokenRule(
            .txPrevouts, .cannotTell, "a source lies about the script", proposed: lie.output.encoded,
            found: lie.outPoint.txid.bytes
        ) { scene in
            scene.chain.confirm(foreignFunding)
            scene.chain.main = lie
            scene.chain.unspent[lie.output.script] = [
                UnspentOutput(outPoint: lie.outPoint, output: lie.output, height: 800_000)
            ]
        },
        BrokenRule(.txSum, .invalid, "the fee eats a request up", proposed: value(865), found: value(865)) {
            $0.chain.requests[1].amount = 865
            $0.chain.requests[1].treasuryFee = 0
        },
        BrokenRule(.txDust, .invalid, "one satoshi below", proposed: value(293), found: value(294)) {
            $0.chain.requests[1].amount = 865 + 293
            $0.chain.requests[1].treasuryFee = 0
        },
        BrokenRule(.txWeight, .invalid, "2,400 requests", proposed: value(413_252), found: value(400_000)) {
            crowd(&$0, count: 2_400)
        },
        BrokenRule(.feeFloor, .invalid, "one satoshi below", proposed: value(172), found: value(173)) {
            $0.fee = 172
        },
        BrokenRule(.feeCeiling, .invalid, "one satoshi above", proposed: value(173_001), found: value(173_000)) {
            $0.fee = 173_001
        },
        BrokenRule(.feeBand, .view, "below half our lowest rate", proposed: value(864), found: value(865)) {
            $0.fee = 864
        },
        BrokenRule(.feeBand, .view, "above our highest rate's limit", proposed: value(6_056), found: value(6_055)) {
            $0.fee = 6_056
        },
        BrokenRule(.feeBand, .cannotTell, "no source has an estimate", found: value("no estimate")) {
            $0.chain.quotes = [FeeQuote(estimate: nil, mempoolMinimum: 3), FeeQuote(estimate: 0, mempoolMinimum: 3)]
        },
        BrokenRule(.feeBand, .cannotTell, "the estimates are not answered", found: value("silent")) {
            $0.silence { if case .bitcoin(.feeQuotes) = $0 { true } else { false } }
        },
    ]

    /// A funding whose output 1 pays somebody else.
    private static let foreignFunding = Transaction(
        version: 2, inputs: [TxInput(outPoint: OutPoint(txid: Txid(sha256([3])), index: 0), sequence: 0)],
        outputs: [TxOutput(value: base.existingMain.output.value, script: Script(script(8)))], lockTime: 0)

    /// What a lying source says of it.
    private static let lie = MainUTXO(
        outPoint: OutPoint(txid: foreignFunding.txid, index: 0),
        output: TxOutput(value: base.existingMain.output.value, script: base.wallet.outputScript))

    /// Fills the chain and the proposal with requests to P2WSH scripts.
    private static func crowd(_ scene: inout RedemptionScene, count: Int) {
        scene.chain.profile.redemptionLimit = 65_535
        scene.chain.constants = RedemptionConstants(
            requestMinAge: 600, requestTimeoutSafetyMargin: 7_200, maxSize: 65_535)
        scene.chain.requests = (0..<count).map {
            ScriptedChain.Request(
                script: Script.p2wsh(sha256(script($0))).bytes, amount: 4_000, treasuryFee: 0,
                requestedAt: ScriptedChain.now - 10_000)
        }
        scene.scripts = scene.chain.requests.map(\.script)
        scene.fee = 1_000_000
        // The chain's own model looks requests up one by one, which takes too long for so many.
        let request = Bridge.RedemptionRequest(
            redeemer: .zero, requestedAmount: 4_000, treasuryFee: 0, txMaxFee: 100_000,
            requestedAt: UnixTime(ScriptedChain.now - 10_000))
        scene.chain.override = {
            switch $0.asks {
            case .validateRedemption: .valid
            case .pendingRedemption: .returned(Bridge.PendingRedemptions.self, request)
            default: nil
            }
        }
    }
}
