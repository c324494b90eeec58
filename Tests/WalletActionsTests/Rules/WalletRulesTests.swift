import Coordination
import Ethereum
import Primitives
import TestKit
import Testing

@testable import WalletActions

@Suite struct WalletRulesTests {
    @Test("A no-op is valid unless a redemption is owed, and needs nothing of Bitcoin's view to be")
    func noop() {
        var chain = ScriptedChain()
        #expect(chain.validate(.noop).isValid)
        chain.requests[0].requestedAt = ScriptedChain.now - 432_000 + 6 * 10_800 - 1
        let owed = ProposalCheck.Failure(
            rule: "checklist.owed", failureClass: .view, proposed: value("noop"), found: ScriptedChain.script(1),
            block: chain.block(ScriptedChain.open).reference)
        #expect(chain.validate(.noop) == .failed(owed))
        #expect(chain.validate(.redemption(scripts: [ScriptedChain.script(1)], fee: 1_420)).isValid)
        // A second more, and nothing is owed yet.
        chain.requests[0].requestedAt += 1
        #expect(chain.validate(.noop).isValid)
    }

    @Test("Nothing is owed where the redemption could not be proposed: capped, refused, in flight, locked or unread")
    func notOwed() throws {
        var chain = ScriptedChain()
        chain.requests[0].requestedAt = ScriptedChain.now - 432_000 + 40_000
        #expect(chain.validate(.noop).failure?.rule == "checklist.owed")

        var capped = chain
        capped.parameters = Bridge.RedemptionParameters(
            dustThreshold: 10_000, txMaxFee: 100_000, txMaxTotalFee: 100, timeout: 432_000)
        #expect(capped.validate(.noop).isValid)

        var refused = chain
        refused.requests[0].refusal = "Paused"
        #expect(refused.validate(.noop).isValid)

        var busy = chain
        busy.busyUntil = chain.begin.adding(1)
        #expect(busy.validate(.noop).isValid)

        var locked = chain
        locked.records = [try chain.record(.redemption(scripts: [ScriptedChain.script(2)], fee: 1_420))]
        #expect(locked.validate(.noop).isValid)

        var closing = chain
        closing.state = .closing
        #expect(closing.validate(.noop).isValid)

        var poor = chain
        poor.main = nil
        #expect(poor.validate(.noop).isValid)

        var blind = chain
        blind.override = { if case .bitcoin(.feeQuotes) = $0 { .unavailable(.silent) } else { nil } }
        #expect(blind.validate(.noop).isValid)
    }

    @Test(
        "Actions that this build does not know cannot be judged",
        arguments: [
            Proposal.depositSweep(deposits: [], fee: 1), .movingFunds(targets: [], fee: 1),
            .movedFundsSweep(transaction: .zero, outputIndex: 0, fee: 1),
        ])
    func notBuilt(_ proposal: Proposal) throws {
        var chain = ScriptedChain()
        let failure = try #require(chain.validate(proposal).failure)
        #expect(failure.rule == "action.not_built")
        #expect(failure.failureClass == .cannotTell)
        #expect(failure.proposed == value(proposal.action.name))
        #expect(try chain.generate(proposal.action).reason == "action.not_built")
        #expect(
            WalletActionsTests.failure { () throws(RuleStop) in try chain.assemble(proposal) }?.rule
                == "action.not_built")
        #expect(chain.asked.isEmpty)
    }

    @Test("A no-op is always found, and never assembled")
    func noopGeneration() throws {
        var chain = ScriptedChain()
        #expect(try chain.generate(.noop).proposal == .noop)
        #expect(WalletActionsTests.failure { () throws(RuleStop) in try chain.assemble(.noop) } != nil)
    }

    @Test("The shape of a proposal binds the actions to come as well")
    func shape() {
        var chain = ScriptedChain()
        let deposit = Proposal.Deposit(transaction: .zero, outputIndex: 0, revealBlock: BlockNumber(1))
        let many = Proposal.depositSweep(deposits: Array(repeating: deposit, count: 21), fee: 1)
        #expect(chain.validate(many).failure?.rule == "proposal.shape")
        let rich = Proposal.movingFunds(targets: [], fee: .max)
        #expect(chain.validate(rich).failure?.found == value(2_100_000_000_000_000))
    }

    @Test("Each rule has its own id, a cause in one line, and classes")
    func table() {
        let rules = ActionRule.allCases
        #expect(Set(rules.map(\.id)).count == rules.count)
        #expect(Set(rules.map(\.cause)).count >= rules.count - 1, "two rules of state share their cause")
        for rule in rules {
            #expect(rule.id.name == rule.rawValue)
            #expect(!rule.cause.isEmpty && !rule.cause.contains("\n"))
        }
        #expect(
            rules.filter { $0.classes.isEmpty }.map(\.rawValue)
                == ["redemption.timeout_overflow", "redemption.none", "fee.capped"])
    }
}
