import Bitcoin
import Coordination
import Ethereum
import Primitives
import TestKit
import Testing

@testable import WalletActions

@Suite struct RedemptionGenerationTests {
    private static let now = ScriptedChain.now
    private static let timeout: UInt64 = 432_000

    private static func script(_ number: Int) -> Bytes { ScriptedChain.script(number) }

    /// Five requests, the one with the lower number the older one.
    private static func five() -> ScriptedChain {
        var chain = ScriptedChain()
        chain.requests = (1...5).map {
            ScriptedChain.Request(
                script: script($0), amount: 1_000_000, treasuryFee: 500, requestedAt: now - 100_000 + UInt64($0))
        }
        return chain
    }

    private static func scripts(_ proposal: Proposal?) -> [Bytes] {
        guard case .redemption(let scripts, _) = proposal else { return [] }
        return scripts
    }

    private static func fee(_ proposal: Proposal?) -> UInt64? {
        guard case .redemption(_, let fee) = proposal else { return nil }
        return fee
    }

    private static func limits(total: UInt64 = 1_000_000, timeout: UInt64 = timeout) -> Bridge.RedemptionParameters {
        Bridge.RedemptionParameters(dustThreshold: 10_000, txMaxFee: 100_000, txMaxTotalFee: total, timeout: timeout)
    }

    // MARK: - What is proposed

    @Test("Pending requests are proposed at our rate, and the proposal passes the followers' rules")
    func plain() throws {
        var chain = ScriptedChain()
        let result = try chain.generate()
        #expect(result.proposal == .redemption(scripts: [Self.script(1), Self.script(2)], fee: 1_730))
        #expect(result.leftOut.isEmpty)
        #expect(chain.validate(try #require(result.proposal)).isValid)
    }

    @Test("Requests come in order of deadline, then of key; the order in which they were made is no matter (A9)")
    func order() throws {
        var chain = Self.five()
        for index in [1, 2, 3] { chain.requests[index].requestedAt = Self.now - 50_000 }
        let equals = chain.requests[1...3].map(\.script).sorted { chain.key($0) < chain.key($1) }
        let expected = [Self.script(1)] + equals + [Self.script(5)]
        chain.requests[4].requestedAt = Self.now - 40_000
        let proposal = try #require(try chain.generate().proposal)
        #expect(Self.scripts(proposal) == expected)
        for turn in 1..<5 {
            var other = chain
            other.requests = Array(chain.requests[turn...] + chain.requests[..<turn])
            #expect(try other.generate().proposal?.encoded == proposal.encoded)
        }
    }

    @Test("At most the profile's and the validator's limit of requests are taken, the most urgent ones")
    func limit() throws {
        var chain = Self.five()
        chain.profile.redemptionLimit = 3
        #expect(Self.scripts(try chain.generate().proposal) == (1...3).map(Self.script))
        chain.constants = RedemptionConstants(requestMinAge: 600, requestTimeoutSafetyMargin: 7_200, maxSize: 2)
        #expect(Self.scripts(try chain.generate().proposal) == (1...2).map(Self.script))
    }

    @Test("What does not fit into the main UTXO is left out, and smaller ones behind it are tried")
    func value() throws {
        var chain = Self.five()
        chain.requests[1].amount = 9_000_000
        chain.requests[1].treasuryFee = 0
        // 999,500 of the first leave a satoshi less than the second wants.
        chain.fund(999_500 + 8_999_999)
        let result = try chain.generate()
        #expect(Self.scripts(result.proposal) == [1, 3, 4, 5].map(Self.script))
        #expect(result.leftOut == [LeftOut(key: chain.key(Self.script(2)), rule: "redemption.value")])
        chain.fund(999_500 + 9_000_000)
        #expect(Self.scripts(try chain.generate().proposal) == [1, 2].map(Self.script))
    }

    // MARK: - One bad request (A7)

    /// A way in which one request of five cannot be paid.
    struct Bad: Sendable, CustomTestStringConvertible {
        let rule: RuleID?
        let how: String
        let spoil: @Sendable (inout ScriptedChain) -> Void

        init(_ rule: RuleID?, _ how: String, spoil: @escaping @Sendable (inout ScriptedChain) -> Void) {
            self.rule = rule
            self.how = how
            self.spoil = spoil
        }

        var testDescription: String { how }
    }

    @Test("One bad request is left out under its rule, and never keeps the good ones out", arguments: bad)
    func oneBad(_ bad: Bad) throws {
        var chain = Self.five()
        bad.spoil(&chain)
        let key = chain.key(chain.requests[2].script)
        let result = try chain.generate()
        #expect(Self.scripts(result.proposal) == [1, 2, 4, 5].map(Self.script))
        #expect(result.leftOut == (bad.rule.map { [LeftOut(key: key, rule: $0)] } ?? []))
        #expect(chain.validate(try #require(result.proposal)).isValid)
    }

    private static let bad: [Bad] = [
        Bad("redemption.not_pending", "not pending") { $0.requests[2].isPending = false },
        Bad("redemption.min_age", "at the minimum age") { $0.requests[2].requestedAt = now - 600 },
        Bad("redemption.min_age", "delayed by the watchtower") { $0.requests[2].delay = 100_000 },
        Bad("redemption.timeout_margin", "too late at the window's end") {
            $0.requests[2].requestedAt = now - timeout + 7_200 + 1_800
        },
        Bad("redemption.script", "a script of no kind") { $0.requests[2].script = [0x6a, 0x01, 0x00] },
        Bad("redemption.script", "the wallet's own script") { $0.requests[2].script = $0.wallet.outputScript.bytes },
        Bad("redemption.value", "too large") { $0.requests[2].amount = 100_000_000 },
        Bad("redemption.fee_share", "no room for a useful fee") { $0.requests[2].txMaxFee = 200 },
        Bad("tx.dust", "eaten up by the fee") {
            $0.requests[2].amount = 1_000
            $0.requests[2].treasuryFee = 200
        },
        Bad("tx.dust", "worth less than its treasury fee") { $0.requests[2].treasuryFee = 1_000_001 },
        Bad("redemption.event", "its event tells other amounts") { chain in
            var stale = chain.requests[2]
            stale.amount += 1
            chain.requests.append(stale)
        },
        Bad(nil, "its event is not settled: no candidate yet") { $0.requests[2].eventBlock = 8_969 },
        Bad("redemption.validator", "refused by the validator for a reason of its own") {
            $0.requests[2].refusal = "Paused"
        },
        Bad("redemption.unsure", "a source is silent about it") { chain in
            let key = chain.key(script(3))
            chain.override = {
                if case .pendingRedemption(key) = $0.asks { .unavailable(.silent) } else { nil }
            }
        },
        Bad("redemption.unsure", "a source is silent about its delay") { chain in
            let key = chain.key(script(3))
            chain.override = { if case .redemptionDelay(key) = $0.asks { .unavailable(.silent) } else { nil } }
        },
        Bad("redemption.unsure", "the validator refuses all, and says nothing about it alone") { chain in
            chain.requests[2].refusal = "Paused"
            chain.override = {
                if case .validateRedemption([script(3)], fee: 1) = $0.asks { .unavailable(.silent) } else { nil }
            }
        },
    ]

    @Test("A request one second inside every limit is taken")
    func inside() throws {
        var chain = Self.five()
        chain.requests[2].requestedAt = Self.now - 601
        #expect(Self.scripts(try chain.generate().proposal).count == 5)
        chain.requests[2].requestedAt = Self.now - Self.timeout + 7_200 + 1_800 + 1
        #expect(Self.scripts(try chain.generate().proposal).count == 5)
    }

    // MARK: - Fees

    @Test("A fee whose remainder breaks a limit is rounded down to a multiple of the requests")
    func rounded() throws {
        var chain = ScriptedChain()
        chain.quotes = [FeeQuote(estimate: 11, mempoolMinimum: 1)]
        #expect(Self.fee(try chain.generate().proposal) == 1_903)
        chain.requests[1].txMaxFee = 951
        #expect(Self.fee(try chain.generate().proposal) == 1_902)
    }

    @Test("A smaller limit caps the fee at that many times the requests, as long as followers take it")
    func smallestLimit() throws {
        var chain = ScriptedChain()
        chain.requests[0].txMaxFee = 433
        // 2 · 433 = 866 is above half our lowest rate, 865.
        #expect(Self.fee(try chain.generate().proposal) == 866)
        chain.requests[0].txMaxFee = 432
        let result = try chain.generate()
        #expect(Self.scripts(result.proposal) == [Self.script(2)])
        #expect(result.leftOut == [LeftOut(key: chain.key(Self.script(1)), rule: "redemption.fee_share")])
    }

    @Test("Of equal limits that leave no room the later request goes first, then the fee is chosen again")
    func equalLimits() throws {
        var chain = Self.five()
        // Five requests are 266 vB, four 235: 1,000 and 800 are below half our lowest rate.
        for index in [1, 3] { chain.requests[index].txMaxFee = 200 }
        let result = try chain.generate()
        #expect(Self.scripts(result.proposal) == [1, 3, 5].map(Self.script))
        #expect(result.leftOut.map(\.key) == [4, 2].map { chain.key(Self.script($0)).hash })
        #expect(result.leftOut.allSatisfy { $0.rule == "redemption.fee_share" })
    }

    @Test("The fee is never above the Bridge's limit, which covers the absorbed change too")
    func capped() throws {
        var chain = ScriptedChain()
        chain.parameters = Self.limits(total: 1_000)
        #expect(Self.fee(try chain.generate().proposal) == 1_000)
        chain.parameters = Self.limits(total: 865)
        #expect(Self.fee(try chain.generate().proposal) == 865)
        chain.parameters = Self.limits(total: 864)
        let result = try chain.generate()
        #expect(result.proposal == nil)
        #expect(result.reason == "fee.capped")
        // Change of 329 is absorbed, and the transaction has 130 vB.
        chain.fund(999_500 + 1_999_000 + 329)
        chain.parameters = Self.limits(total: 979)
        #expect(Self.fee(try chain.generate().proposal) == 650)
        chain.parameters = Self.limits(total: 978)
        #expect(try chain.generate().reason == "fee.capped")
    }

    @Test("An urgent request is paid by the estimate for one block, and by as little as the floor where it must be")
    func urgent() throws {
        var chain = ScriptedChain()
        chain.urgentQuotes = [FeeQuote(estimate: 40, mempoolMinimum: 1)]
        chain.requests[0].requestedAt = Self.now - Self.timeout + 7_200 + 2 * 10_800 - 1
        #expect(Self.fee(try chain.generate().proposal) == 40 * 173)
        chain.parameters = Self.limits(total: 173)
        #expect(Self.fee(try chain.generate().proposal) == 173)
        chain.parameters = Self.limits(total: 172)
        #expect(try chain.generate().reason == "fee.capped")
        chain.parameters = Self.limits(total: 1_000_000)
        chain.profile.feeFloor = 2
        chain.requests[0].txMaxFee = 173
        #expect(Self.fee(try chain.generate().proposal) == 346)
        // Urgent or not, nobody takes less than the profile's floor.
        chain.parameters = Self.limits(total: 345)
        #expect(try chain.generate().reason == "fee.capped")
    }

    @Test("Without an estimate of any source nothing can be proposed, and that is class U")
    func noEstimate() {
        var chain = ScriptedChain()
        chain.quotes = []
        let stop = failure { () throws(RuleStop) in try chain.generate() }
        #expect(stop?.rule == "fee.band")
        #expect(stop?.failureClass == .cannotTell)
    }

    // MARK: - Why nothing is proposed

    @Test("A timeout that overflows in the validator makes the action impossible, and no call is made")
    func overflow() throws {
        var chain = ScriptedChain()
        chain.parameters = Self.limits(timeout: UInt64(UInt32.max))
        let result = try chain.generate()
        #expect(result.proposal == nil)
        #expect(result.reason == "redemption.timeout_overflow")
        #expect(
            !chain.asked.contains { if case .validateRedemption = $0.asks { true } else { false } })
        // The largest timeout that does not overflow for the older request.
        chain.parameters = Self.limits(timeout: UInt64(UInt32.max) - chain.requests[0].requestedAt)
        #expect(Self.scripts(try chain.generate().proposal) == [Self.script(1)])
    }

    @Test("Without requests, main UTXO or a state that redeems there is nothing to do, and it is said why")
    func nothing() throws {
        var chain = ScriptedChain()
        chain.requests = []
        #expect(try chain.generate().reason == "redemption.none")
        chain = ScriptedChain()
        chain.main = nil
        #expect(try chain.generate().reason == "redemption.main_utxo")
        chain = ScriptedChain()
        chain.state = .closing
        #expect(try chain.generate().reason == "redemption.state")
    }

    @Test("With nothing left but what a source could not tell, nothing is claimed either")
    func unsure() throws {
        var chain = ScriptedChain()
        chain.override = { if case .pendingRedemption = $0.asks { .unavailable(.stale) } else { nil } }
        let stop = failure { () throws(RuleStop) in try chain.generate() }
        #expect(stop == RuleFailure("redemption.unsure", .cannotTell))
    }

    @Test("While the wallet is busy, locked or in flight, nothing is generated, in class V")
    func busy() throws {
        var chain = ScriptedChain()
        chain.busyUntil = chain.begin.adding(1)
        #expect(failure { () throws(RuleStop) in try chain.generate() }?.rule == "wallet.busy")
        chain.busyUntil = nil
        var locked = chain
        locked.records = [try chain.record(.redemption(scripts: [Self.script(2)], fee: 1_420))]
        #expect(failure { () throws(RuleStop) in try locked.generate() }?.rule == "wallet.busy")
        let main = try #require(chain.main)
        let spend = chain.spend([TxOutput(value: main.output.value, script: Script(Self.script(7)))])
        chain.spenders[main.outPoint] = ScriptedChain.located(spend, confirmations: 2)
        let stop = failure { () throws(RuleStop) in try chain.generate() }
        #expect(stop?.rule == "wallet.agreement")
        #expect(stop?.failureClass == .view)
    }

    @Test("Where one source cannot tell, a proposal that is found all the same passes, and nothing is reproached (A8)")
    func cannotTell() throws {
        var plain = Self.five()
        _ = try plain.generate()
        let questions = plain.asked
        #expect(questions.count > 15)
        for question in questions {
            var chain = Self.five()
            chain.override = { $0 == question ? .unavailable(.contradiction) : nil }
            do throws(RuleStop) {
                let result = try chain.generate()
                #expect(Self.scripts(result.proposal).count == 4, "\(question)")
                #expect(result.leftOut.map(\.rule) == ["redemption.unsure"])
            } catch {
                #expect(error.failure?.failureClass == .cannotTell, "\(question)")
            }
        }
    }

    // MARK: - What the validator refuses

    @Test("A proposal is built again three times without the requests that the validator refuses, and no more")
    func retries() throws {
        var chain = Self.five()
        chain.profile.redemptionLimit = 1
        for index in 0..<3 { chain.requests[index].refusal = "Paused" }
        var result = try chain.generate()
        #expect(Self.scripts(result.proposal) == [Self.script(4)])
        #expect(result.leftOut.map(\.key) == (1...3).map { chain.key(Self.script($0)).hash })
        chain.requests[3].refusal = "Paused"
        result = try chain.generate()
        #expect(result.proposal == nil)
        #expect(result.reason == "redemption.validator")
    }

    @Test("A refusal that no single request explains, or that speaks of the whole, gives the action up")
    func refusedWhole() throws {
        for (text, rule) in [
            ("Paused", "redemption.validator"), ("Duplicated request", "redemption.duplicate"),
            ("Proposed transaction fee is too high", "redemption.total_fee"),
        ] {
            var chain = Self.five()
            chain.override = {
                guard case .validateRedemption(let scripts, _) = $0.asks, scripts.count > 1 else { return nil }
                return .host(.reverted(.error(text)))
            }
            let result = try chain.generate()
            #expect(result.proposal == nil)
            #expect(result.reason == RuleID(outside: rule))
        }
    }
}
