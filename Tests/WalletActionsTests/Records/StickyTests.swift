import Bitcoin
import Coordination
import Primitives
import TestKit
import Testing

@testable import WalletActions

/// The sticky rule of wallet-actions.md §8: what was released and never seen is tried again, byte for byte.
@Suite struct StickyTests {
    private static let before = BlockNumber(8_100)

    /// A chain whose wallet released a redemption of its first request at 12 sat/vB one window ago, unseen.
    private static func released() throws -> (chain: ScriptedChain, record: ActionRecord) {
        var chain = ScriptedChain()
        let record = try chain.record(
            .redemption(scripts: [ScriptedChain.script(1)], fee: 12 * 142), window: before, in: .releasing,
            .expired(released: true))
        chain.records = [record]
        return (chain, record)
    }

    private static let again = Proposal.redemption(scripts: [ScriptedChain.script(1)], fee: 12 * 142)

    @Test("The same items with the same fee are proposed again, although another proposal is due now")
    func again() throws {
        var (chain, record) = try Self.released()
        #expect(try chain.generate().proposal == Self.again)
        #expect(chain.validate(Self.again).isValid)
        #expect(try chain.assemble(Self.again).unsignedID == record.id.unsigned)
        // Who has no such record proposes what is due, and agrees to the other.
        chain.records = []
        #expect(try chain.generate().proposal != Self.again)
        #expect(chain.validate(Self.again).isValid)
    }

    @Test("What is signed is not proposed again, by whoever knows of it; its requests are left out")
    func signed() throws {
        var (chain, record) = try Self.released()
        chain.records = [try #require(record.moved(to: .signed(record.unsigned)))]
        let result = try chain.generate()
        #expect(result.proposal == nil)
        #expect(result.reason == "record.signed")
        #expect(result.leftOut.map(\.rule) == ["record.signed"])
        let failure = chain.validate(Self.again).failure
        #expect(failure?.rule == "record.signed")
        #expect(failure?.failureClass == .view)
        // What was agreed meanwhile is the same transaction, and stays it.
        #expect(try chain.assemble(Self.again).unsignedID == record.id.unsigned)
    }

    @Test("Where they are not valid any more, what is due now is proposed")
    func notValid() throws {
        var (chain, _) = try Self.released()
        chain.requests[0].isPending = false
        #expect(try chain.generate().proposal == .redemption(scripts: [ScriptedChain.script(2)], fee: 1_420))
        chain.requests[0].isPending = true
        chain.quotes = [FeeQuote(estimate: 50, mempoolMinimum: 1)]
        #expect(try chain.generate().proposal != Self.again)
    }

    @Test("Where a request was made anew for another amount, the digests differ, and nothing is repeated")
    func otherAmount() throws {
        var (chain, _) = try Self.released()
        chain.requests[0].amount += 1
        #expect(try chain.generate().proposal != Self.again)
    }

    @Test("Where it cannot be told whether they are valid, nothing else is proposed in their place")
    func cannotTell() throws {
        var (chain, _) = try Self.released()
        chain.override = {
            if case .validateRedemption([ScriptedChain.script(1)], _) = $0.asks {
                .unavailable(.silent)
            } else {
                nil
            }
        }
        let stop = failure { () throws(RuleStop) in try chain.generate() }
        #expect(stop?.failureClass == .cannotTell)
    }

    @Test("A redemption that is owed meanwhile goes before them")
    func owed() throws {
        var (chain, _) = try Self.released()
        chain.requests[1].requestedAt = ScriptedChain.now - 432_000 + 60_000
        let proposal = try #require(try chain.generate().proposal)
        #expect(proposal == .redemption(scripts: [ScriptedChain.script(2), ScriptedChain.script(1)], fee: 1_730))
        #expect(chain.validate(proposal).isValid)
        #expect(chain.validate(Self.again).failure?.rule == "checklist.owed")
    }

    @Test("Nothing is repeated that was never released, or that spends another output")
    func notSticky() throws {
        var (chain, _) = try Self.released()
        chain.records = [
            try chain.record(
                .redemption(scripts: [ScriptedChain.script(1)], fee: 12 * 142), window: Self.before,
                in: .expired(released: false))
        ]
        #expect(try chain.generate().proposal != Self.again)
        chain.records = try [Self.released().record]
        chain.fund(9_999_999)
        #expect(try chain.generate().proposal != Self.again)
    }

    @Test("Of several the one of the latest window is tried first")
    func latest() throws {
        var (chain, record) = try Self.released()
        let newer = try chain.record(
            .redemption(scripts: [ScriptedChain.script(2)], fee: 1_420), window: BlockNumber(8_100),
            in: .releasing, .expired(released: true))
        let older = try chain.record(
            .redemption(scripts: [ScriptedChain.script(1)], fee: 12 * 142), window: BlockNumber(7_200),
            in: .releasing, .expired(released: true))
        #expect(record.id == older.id)
        chain.records = [older, newer].sorted { $0.id < $1.id }
        #expect(try chain.generate().proposal == .redemption(scripts: [ScriptedChain.script(2)], fee: 1_420))
    }

    @Test("While the lock stands past the window's end, the same bytes may be proposed and no others")
    func locked() throws {
        var (chain, _) = try Self.released()
        chain.records = [
            try chain.record(
                .redemption(scripts: [ScriptedChain.script(1)], fee: 12 * 142), window: ScriptedChain.open,
                in: .releasing, .expired(released: true))
        ]
        #expect(try chain.generate().proposal == Self.again)
        #expect(chain.validate(Self.again).isValid)
        let other = Proposal.redemption(scripts: [ScriptedChain.script(1)], fee: 12 * 142 + 1)
        #expect(chain.validate(other).failure?.rule == "wallet.busy")
    }
}
