import Bitcoin
import Coordination
import Ethereum
import Primitives
import TestKit
import Testing

@testable import WalletActions

@Suite struct RedemptionRulesTests {
    @Test("A redemption that breaks no rule is valid, and needs the threshold's seats")
    func valid() {
        var scene = RedemptionScene()
        let block = scene.chain.block(ScriptedChain.open).reference
        #expect(scene.check() == .valid(block: block, agreementSeats: 3))
    }

    @Test("A broken rule is told with its class and both values", arguments: BrokenRules.all)
    func broken(_ broken: BrokenRule<RedemptionScene>) throws {
        var scene = RedemptionScene()
        try broken.spoil(&scene)
        let expected = ProposalCheck.Failure(
            rule: broken.rule.id, failureClass: broken.failureClass, proposed: broken.proposed, found: broken.found,
            block: scene.chain.block(ScriptedChain.open).reference)
        #expect(scene.check() == .failed(expected))
        #expect(broken.rule.classes.contains(broken.failureClass))
    }

    @Test("Every rule of a redemption is broken by a case above, in every class of its table")
    func complete() {
        var broken: [ActionRule: Set<FailureClass>] = [:]
        for one in BrokenRules.all {
            broken[one.rule, default: []].insert(one.failureClass)
        }
        for rule in ActionRule.allCases where !rule.classes.isEmpty && !Self.elsewhere.contains(rule) {
            #expect(broken[rule] == rule.classes, "\(rule.rawValue)")
        }
    }

    /// Rules that a redemption cannot break at the coordination block; their tests are elsewhere.
    private static let elsewhere: Set<ActionRule> = [
        .heartbeatMessage, .heartbeatValidator, .heartbeatState, .walletMainUTXOMoved, .redemptionUnsure,
        .actionNotBuilt, .recordSigned,
    ]

    // MARK: - Limits that hold to the last unit

    @Test(
        "What stands exactly at a limit is valid",
        arguments: [("half our lowest rate", 865), ("our highest rate's limit", 6_055)] as [(String, UInt64)])
    func band(_ name: String, fee: UInt64) {
        var scene = RedemptionScene()
        scene.fee = fee
        #expect(scene.check().isValid, "\(name)")
    }

    @Test("A request one second past its minimum age, or one second before the margin, is valid")
    func seconds() {
        var scene = RedemptionScene()
        scene.chain.requests[1].requestedAt = ScriptedChain.now - 601
        #expect(scene.check().isValid)
        // Too late for a leader to take it up, and still valid.
        scene.chain.requests[1].requestedAt = ScriptedChain.now - 432_000 + 7_201
        #expect(scene.check().isValid)
    }

    @Test("An urgent proposal may pay as little as the floor, by the estimate for one block")
    func urgent() {
        var scene = RedemptionScene()
        let limit = ScriptedChain.now - 432_000 + 7_200
        scene.fee = RedemptionScene.vsize
        scene.chain.urgentQuotes = [FeeQuote(estimate: 40, mempoolMinimum: 1)]
        scene.chain.requests[1].requestedAt = limit + 2 * 10_800 - 1
        #expect(scene.check().isValid)
        #expect(scene.chain.asked.contains(.bitcoin(.feeQuotes(target: 1))))
        // A second later it is not urgent yet.
        scene.chain.requests[1].requestedAt = limit + 2 * 10_800
        #expect(scene.check().failure?.rule == "fee.band")
    }

    @Test("A fee that the absorbed change leaves room for is valid; change of a dust limit's worth is an output")
    func absorbed() {
        var scene = RedemptionScene()
        // Without change: 43 vB less.
        scene.fee = 1_300
        scene.chain.requests[1].amount = 9_001_500 - 329
        scene.chain.parameters = Bridge.RedemptionParameters(
            dustThreshold: 10_000, txMaxFee: 100_000, txMaxTotalFee: 1_629, timeout: 432_000)
        #expect(scene.check().isValid)
        scene.fee = 1_301
        #expect(scene.check().failure?.rule == "redemption.absorbed_fee")
        scene.chain.requests[1].amount = 9_001_500 - 330
        #expect(scene.check().isValid)
    }

    @Test("A wallet that is moving its funds still redeems")
    func movingFunds() {
        var scene = RedemptionScene()
        scene.chain.state = .movingFunds
        #expect(scene.check().isValid)
    }

    @Test("A taproot wallet pays P2TR; an ECDSA wallet does not")
    func taprootRedeemer() {
        let script = Script.p2tr(sha256([1])).bytes
        for (scheme, rule) in [(WalletIdentity.Scheme.taproot, nil), (.ecdsa, ActionRule.redemptionScript.id)] {
            var scene = RedemptionScene()
            scene.chain = ScriptedChain(scheme: scheme)
            scene.chain.requests[1].script = script
            scene.scripts[1] = script
            scene.fee = 1_900
            #expect(scene.check().failure?.rule == rule)
        }
    }

    @Test("The first broken rule in the order of the text decides")
    func order() throws {
        for (first, second) in [
            (ActionRule.walletBusy, ActionRule.walletAgreement), (.walletAgreement, .redemptionNotPending),
            (.redemptionMainUTXO, .redemptionState), (.redemptionNotPending, .redemptionScript),
            (.redemptionScript, .redemptionValue), (.redemptionValue, .feeFloor), (.feeFloor, .checklistOwed),
        ] {
            var scene = RedemptionScene()
            for rule in [second, first] {
                let broken = try #require(BrokenRules.all.first { $0.rule == rule && $0.failureClass != .cannotTell })
                try broken.spoil(&scene)
            }
            #expect(scene.check().failure?.rule == first.id, "\(first.rawValue) before \(second.rawValue)")
        }
    }

    // MARK: - Class U (A8)

    @Test(
        "Where one source cannot tell, the result is valid or class U, never a reproach",
        arguments: [ChainAnswer.Unavailable.silent, .stale, .contradiction, .missing])
    func cannotTell(_ reason: ChainAnswer.Unavailable) {
        expectNoReproach(answering: { _ in .unavailable(reason) })
    }

    @Test("Where one source answers another question, the result is valid or class U, never a reproach")
    func wrongAnswer() {
        expectNoReproach(answering: { .wrongKind(for: $0) })
    }

    @Test("A rule that can fail in class I says what proves it, and no other does")
    func proofs() {
        for rule in ActionRule.allCases { #expect(rule.classes.contains(.invalid) == (rule.proof != nil), "\(rule)") }
    }

    @Test(
        "Whatever our own view lacks, an honest proposal is valid or in class V or U, never a reproach",
        arguments: OwnBlindness.allCases)
    func blind(_ blindness: OwnBlindness) {
        var scene = RedemptionScene()
        let plain = scene
        scene.chain.override = { blindness.spoil(plain.chain.answer($0)) }
        guard let failure = scene.check().failure else { return }
        #expect(failure.failureClass != .invalid, "\(failure.rule)")
    }

    @Test("Bytes that a function cannot return are a source's contradiction, and it is asked again")
    func nonsense() throws {
        for bytes in [[], [0], Bytes(repeating: 0xff, count: 224), Bytes(repeating: 0, count: 32)] as [Bytes] {
            for asked in [Asked.redemptionParameters, .wallet] {
                var scene = RedemptionScene()
                scene.chain.override = { $0.asks == asked ? .host(.returned(bytes)) : nil }
                let failure = scene.check().failure
                #expect(
                    failure?.rule == "chain.host" && failure?.failureClass == .cannotTell, "\(asked) \(bytes.count)")
                #expect(failure?.found == value("contradiction"))
                var facts = scene.chain.facts
                facts.forgetView()
                for query in scene.chain.asked where query.asks == asked { #expect(facts[query] == nil) }
            }
        }
    }

    @Test("A validator that returns false contradicts itself: it returns true or reverts")
    func neitherTrueNorReverted() {
        var scene = RedemptionScene()
        scene.chain.override = {
            guard case .validateRedemption = $0.asks else { return nil }
            return .returned(WalletProposalValidator.ValidateRedemptionProposal.self, false)
        }
        let failure = scene.check().failure
        #expect(failure?.rule == "redemption.validator" && failure?.failureClass == .cannotTell)
        #expect(failure?.found == value("contradiction"))
    }

    @Test("What our index lacked is looked for again")
    func indexIsAskedAgain() throws {
        let chain = RedemptionScene().chain
        var facts = ChainFacts()
        let query = ChainQuery.host(.redemptionRequests(chain.wallet.hash, upTo: ScriptedChain.open))
        let parameters = ChainQuery.host(
            .call(Bridge.GetRedemptionParameters(), at: chain.block(ScriptedChain.open).reference))
        facts.insert([(query, chain.answer(query)), (parameters, chain.answer(parameters))])
        facts.forgetView()
        #expect(facts[query] == nil)
        #expect(facts[parameters] != nil)
    }

    private func expectNoReproach(answering answer: @escaping @Sendable (ChainQuery) -> ChainAnswer) {
        var plain = RedemptionScene()
        // Near its deadline, so that rule checklist.owed asks its questions too.
        plain.chain.requests[0].requestedAt = ScriptedChain.now - 432_000 + 40_000
        #expect(plain.check().isValid)
        #expect(plain.chain.asked.count > 12)
        for question in plain.chain.asked {
            var scene = plain
            scene.chain.override = { $0 == question ? answer(question) : nil }
            guard let failure = scene.check().failure else { continue }
            #expect(failure.failureClass == .cannotTell, "\(question): \(failure.rule)")
        }
    }
}

/// What one's own index or Bitcoin source may lack, though it answers.
enum OwnBlindness: CaseIterable {
    case firstEvent, lastEvent, everyEvent, olderEvent, announcements, transactions, unspentOutputs, outputs, estimates

    /// The answer of who is blind in this way.
    func spoil(_ answer: ChainAnswer) -> ChainAnswer {
        switch (self, answer) {
        case (.firstEvent, .host(.redemptionRequests(let events))):
            .host(.redemptionRequests(Array(events.dropFirst())))
        case (.lastEvent, .host(.redemptionRequests(let events))): .host(.redemptionRequests(events.dropLast()))
        case (.everyEvent, .host(.redemptionRequests)): .host(.redemptionRequests([]))
        case (.olderEvent, .host(.redemptionRequests(let events))):
            .host(
                .redemptionRequests(
                    events.map {
                        RedemptionRequestedEvent(
                            block: $0.block, logIndex: $0.logIndex, key: $0.key, script: $0.script,
                            redeemer: $0.redeemer, requestedAmount: $0.requestedAmount + 1,
                            treasuryFee: $0.treasuryFee, txMaxFee: $0.txMaxFee)
                    }))
        case (.announcements, .host(.announcedTransactions)): .host(.announcedTransactions([]))
        case (.transactions, .bitcoin(.transaction)): .bitcoin(.transaction(nil))
        case (.unspentOutputs, .bitcoin(.unspentOutputs)): .bitcoin(.unspentOutputs([]))
        case (.outputs, .bitcoin(.spender)): .bitcoin(.spender(.noSuchOutput))
        case (.estimates, .bitcoin(.feeQuotes)): .bitcoin(.feeQuotes([]))
        default: answer
        }
    }
}

extension ProposalCheck {
    var isValid: Bool { if case .valid = self { true } else { false } }

    var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
}
