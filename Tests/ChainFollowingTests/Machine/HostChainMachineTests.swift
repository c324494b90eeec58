import ChainFollowing
import Coordination
import Ethereum
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// What is asked for after which answer, and what is told when.
@Suite struct HostChainMachineTests {
    private static func amounts(_ answer: ChainAnswer?) -> [UInt64]? {
        guard case .host(.redemptionRequests(let events)) = answer else { return nil }
        return events.map(\.requestedAmount)
    }

    private static func truth(_ chain: TestChain) throws -> [UInt64] {
        try chain.blocks.flatMap { chain.logs(of: $0) }.map {
            try Bridge.RedemptionRequested(decoding: $0.log).requestedAmount
        }
    }

    private static func events(_ run: MachineRun) -> ChainAnswer? {
        run.machine.answer(.redemptionRequests(TestChain.wallet, upTo: run.chain.head.number))
    }

    @Test("A head is told once its logs were asked for; a source that is well is asked nothing else")
    func order() {
        let run = MachineRun(TestChain(upTo: 30))
        run.poll()
        #expect(run.told == [run.chain.head])
        run.chain.mine(1, events: { _ in 2 })
        let (before, head) = (run.asked.count, run.chain.head)
        run.fails = { [told = run.told] _ in
            #expect(told.count == 1, "nothing is told before its logs are asked for")
            return false
        }
        run.poll()
        #expect(Array(run.asked[before...]) == [.head, .logsOf([head])])
        #expect(run.told.last == head && Self.amounts(Self.events(run))?.count == 2)
    }

    @Test("Where logs fail the head is told all the same, the index cannot tell, and the logs are asked for again")
    func logsFail() throws {
        let run = MachineRun(TestChain(upTo: 30))
        run.poll()
        run.fails = { if case .logsOf = $0 { true } else { false } }
        for _ in 0..<3 {
            run.chain.mine(1, events: { _ in 1 })
            run.poll()
            #expect(run.told.last == run.chain.head && run.machine.isVerified)
            #expect(Self.events(run) == .unavailable(.missing))
        }
        #expect(run.trouble(.newLogs) == .unanswered && run.trouble(.head) == nil)
        run.fails = { _ in false }
        run.poll()
        #expect(try Self.amounts(Self.events(run)) == Self.truth(run.chain))
        #expect(run.trouble(.newLogs) == nil)
    }

    @Test("Nothing is told before the source gave the logs of its first head by that block's hash")
    func confirmed() {
        let run = MachineRun(TestChain(upTo: 30))
        run.fails = { if case .logsOf = $0 { true } else { false } }
        for _ in 0..<3 {
            run.poll()
            #expect(run.told.isEmpty && run.trouble(.head) == .unconfirmed(run.chain.head))
            run.chain.mine()
        }
        #expect(run.asked.count { $0 == .identity } == 3, "who it is is asked again after each failure")
        #expect(run.asked.allSatisfy { if case .blocks = $0 { false } else { true } })
        run.fails = { _ in false }
        run.poll()
        #expect(run.told == [run.chain.head])
    }

    @Test("A log of another block confirms no head")
    func otherLogs() {
        let run = MachineRun(TestChain(upTo: 30))
        let other = TestChain(upTo: 3).head
        run.logs = { _, _ in [TestChain.request(amount: 1, in: other, at: 0)] }
        run.poll()
        #expect(run.told.isEmpty && run.trouble(.head) == .logs(.block(other.number, other.hash)))
    }

    @Test(
        "A head is judged by its age: an old one is not followed, one in our future shows that our clock is behind",
        arguments: [(36, nil, nil), (37, 37, nil), (-2, nil, nil), (-3, nil, 3)] as [(Int, UInt64?, UInt64?)])
    func age(seconds: Int, old: UInt64?, behind: UInt64?) {
        let run = MachineRun(TestChain(upTo: 30), maximumHeadAge: 36)
        run.time = UInt64(Int(run.chain.head.timestamp.seconds) + seconds)
        run.poll()
        #expect(run.told == (old == nil ? [run.chain.head] : []))
        #expect(run.trouble(.head) == old.map { .old(seconds: $0) })
        #expect(run.trouble(.clock) == behind.map { .clockBehind(seconds: $0) })
        #expect(run.machine.isVerified == (old == nil))
    }

    @Test("Another chain ends it, whatever contracts it has; a missing contract is waited for")
    func identity() {
        let run = MachineRun(TestChain(upTo: 30))
        run.unknownContracts = [TestChain.bridge]
        run.poll()
        #expect(run.trouble(.head) == .noContract(TestChain.bridge) && run.asked == [.identity])
        run.chainID = 7
        run.hold(.head)
        #expect(run.otherChain == 7 && run.told.isEmpty)
        (run.chainID, run.unknownContracts) = (1, [])
        run.poll()
        #expect(run.told == [run.chain.head])
    }

    @Test("Waits after failures grow to ten seconds, none is shorter than a poll, and a success resets them")
    func waits() {
        let run = MachineRun(TestChain(upTo: 30))
        run.fails = { _ in true }
        for _ in 0..<6 { run.hold(.head) }
        #expect(run.waits == [2, 2, 4, 8, 10, 10].map { .seconds($0) })
        run.fails = { _ in false }
        run.hold(.head)
        run.fails = { _ in true }
        run.hold(.head)
        #expect(run.waits.suffix(2) == [.seconds(2), .seconds(2)])
    }

    @Test("A source whose chain shares none of the blocks that are kept is left alone until it is back")
    func unlinked() throws {
        let run = MachineRun(TestChain(upTo: 40))
        run.poll()
        let own = run.chain
        run.chain.reorganise(depth: 30, count: 35)
        run.poll()
        #expect(run.told == [own.head] && !run.machine.isVerified)
        #expect(run.trouble(.head) == .unlinked(try #require(run.chain[own.head.number.adding(1)])))
        run.chain = own
        run.chain.mine(2)
        run.poll()
        #expect(run.told == Array(run.chain.blocks.suffix(3)) && run.trouble(.head) == nil)
    }

    @Test("History is asked for in ranges that halve with each refusal, and is over when it is read")
    func history() throws {
        let run = MachineRun(TestChain(upTo: 0))
        run.chain.mine(60, events: { _ in 1 })
        run.hold(.head)
        run.fails = {
            if case .logsIn(let range) = $0 { range.upperBound.blocks(since: range.lowerBound) > 3 } else { false }
        }
        for _ in 0..<2 { run.hold(.history) }
        #expect(run.trouble(.oldLogs) == .unanswered && Self.events(run) == .unavailable(.missing))
        #expect(run.waits.suffix(2) == [.seconds(1), .seconds(2)])
        while !run.machine.isComplete { run.hold(.history) }
        #expect(try Self.amounts(Self.events(run)) == Self.truth(run.chain))
        let asked = run.asked.count
        run.hold(.history)
        #expect(run.asked.count == asked)
    }

    @Test("A hole is found by the time of its request in few questions, and filled from its block", arguments: [5, 45])
    func hole(in number: UInt64) throws {
        let run = MachineRun(TestChain(upTo: number - 1))
        run.chain.mineBlock(with: [
            Bridge.RedemptionRequested(
                wallet: TestChain.wallet.hash, redeemerOutputScript: PrefixedScript([0x52]), redeemer: .zero,
                requestedAmount: 9, treasuryFee: 1, txMaxFee: 2)
        ])
        let made = run.chain.head
        run.chain.mine(50 - Int(number))
        run.logs = { _, _ in [] }
        run.poll()
        let key = ContractKeys.redemption(script: [0x52], wallet: TestChain.wallet.hash)
        run.pending = Bridge.RedemptionRequest(
            redeemer: .zero, requestedAmount: 9, treasuryFee: 1, txMaxFee: 2, requestedAt: made.timestamp)
        #expect(Self.events(run) == .host(.redemptionRequests([])))
        run.machine.shown(
            try #require(run.pending), key: key,
            at: BlockReference(number: run.chain.head.number, hash: .zero), elapsed: run.elapsed)
        #expect(run.machine.isComplete, "what an orphaned block shows says nothing")
        run.machine.shown(try #require(run.pending), key: key, at: run.chain.head.reference, elapsed: run.elapsed)
        #expect(Self.events(run) == .unavailable(.missing))
        let asked = run.asked.count
        run.hold(.holes)
        #expect(run.trouble(.hole) == .hole(requestedAt: made.timestamp))
        #expect(Self.events(run) == .unavailable(.missing))
        #expect(run.asked.count - asked <= 8 && run.asked.last == .logsOf([made]))
        #expect(
            run.machine.answer(.redemptionRequests(TestChain.wallet, upTo: made.number.subtracting(1)))
                == .host(.redemptionRequests([])), "below the hole it goes on")
        run.logs = { $1 }
        run.hold(.holes)
        #expect(Self.events(run) == .unavailable(.missing), "it is asked again only after a wait")
        run.elapsed += .seconds(2)
        run.hold(.holes)
        #expect(Self.amounts(Self.events(run)) == [9])
        run.hold(.holes)
        #expect(run.trouble(.hole) == nil)
    }

    @Test(
        "Whatever fails and whenever the chain changes, the chain told links and the index is the source's in the end",
        arguments: 0..<200)
    func random(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var chain = TestChain(upTo: 0)
        chain.mine(Int.random(in: 1...40, using: &random), events: { Int($0 % 3) })
        let run = MachineRun(chain)
        for _ in 0..<40 {
            let depth = Int.random(in: 0...4, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: run.chain.mine(Int.random(in: 1...10, using: &random), events: { Int($0 % 2) })
            case 1:
                run.chain.reorganise(
                    depth: min(depth, run.chain.blocks.count - 1), count: depth + 1, events: { Int($0 % 3) })
            default: break
            }
            let (odds, salt) = (UInt64.random(in: 0...4, using: &random), UInt64.random(in: 0...9, using: &random))
            var count = salt
            run.fails = { _ in
                count &+= 1
                return odds > 1 && count % odds == 0
            }
            run.poll()
            for (parent, block) in zip(run.told, run.told.dropFirst()) { #expect(block.follows(parent)) }
        }
        run.fails = { _ in false }
        run.chain.mine(10)
        run.poll()
        run.poll()
        #expect(run.told == Array(run.chain.blocks.suffix(run.told.count)) && !run.told.isEmpty)
        #expect(try Self.amounts(Self.events(run)) == Self.truth(run.chain))
    }
}
