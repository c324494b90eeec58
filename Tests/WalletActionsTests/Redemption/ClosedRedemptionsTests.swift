import Coordination
import Primitives
import Testing

@testable import WalletActions

/// A request that is over is not read in each window, and nothing else changes by it.
@Suite struct ClosedRedemptionsTests {
    /// A search at a block, noted as the node notes it.
    private static func look(_ chain: inout ScriptedChain, at block: BlockNumber = ScriptedChain.open) throws {
        let context = chain.context(at: block)
        chain.forgetAsked()
        // What is read is what counts here: late looks find every request timed out.
        _ = failure { () throws(RuleStop) in
            try chain.run { facts throws(RuleStop) in
                try WalletRules.generate(.redemption, context: context, facts: &facts)
            }
        }
        chain.closedRedemptions.note(chain.facts, context)
    }

    /// Whether a request was read since the asked were forgotten.
    private static func reads(_ chain: ScriptedChain, _ number: Int) -> Bool {
        let key = chain.key(ScriptedChain.script(number))
        return chain.asked.contains { query in
            guard case .pendingRedemption(key) = query.asks else { return false }
            return true
        }
    }

    private static func request(_ number: Int, at block: UInt64 = 7_000, isPending: Bool = false)
        -> ScriptedChain.Request
    {
        ScriptedChain.Request(
            script: ScriptedChain.script(number), amount: 500_000, treasuryFee: 0,
            requestedAt: ScriptedChain.now - 80_000, eventBlock: block, isPending: isPending)
    }

    @Test("A request found over at a look is not read at the next, one that is pending is")
    func known() throws {
        var chain = ScriptedChain()
        chain.requests.append(Self.request(3))
        try Self.look(&chain)
        #expect((1...3).map { Self.reads(chain, $0) } == [true, true, true])
        try Self.look(&chain, at: ScriptedChain.open.adding(1))
        #expect((1...3).map { Self.reads(chain, $0) } == [true, true, false])
        // Nor by a validation, whether it pays anything or not.
        chain.forgetAsked()
        #expect(chain.validate(.noop).isValid)
        #expect(chain.validate(RedemptionScene().proposal).isValid)
        #expect((1...3).map { Self.reads(chain, $0) } == [true, true, false])
    }

    @Test("After 64 windows it is read again, and noted again")
    func expiry() throws {
        var chain = ScriptedChain()
        chain.requests.append(Self.request(3))
        try Self.look(&chain)
        // 64 windows of 900 blocks.
        let again = ScriptedChain.open.adding(57_600)
        try Self.look(&chain, at: again.subtracting(1))
        #expect(!Self.reads(chain, 3))
        try Self.look(&chain, at: again)
        #expect(Self.reads(chain, 3))
        try Self.look(&chain, at: again.adding(57_599))
        #expect(!Self.reads(chain, 3))
        try Self.look(&chain, at: again.adding(57_600))
        #expect(Self.reads(chain, 3))
    }

    @Test("A newer request to the same script is read")
    func newer() throws {
        var chain = ScriptedChain()
        chain.requests.append(Self.request(3))
        try Self.look(&chain)
        chain.requests.append(Self.request(3, at: 7_001, isPending: true))
        try Self.look(&chain)
        #expect(Self.reads(chain, 3))
        guard case .redemption(let scripts, _)? = try chain.generate().proposal else {
            Issue.record("three requests can be paid")
            return
        }
        #expect(scripts.contains(ScriptedChain.script(3)))
        // Once that one is over as well, neither is read.
        chain.requests[3].isPending = false
        try Self.look(&chain)
        try Self.look(&chain)
        #expect(!Self.reads(chain, 3))
    }

    @Test("A request whose event is not settled is never noted, one that just is settled is")
    func unsettled() throws {
        var chain = ScriptedChain()
        // The profile settles 32 blocks below the window's.
        chain.requests += [Self.request(3, at: 8_969), Self.request(4, at: 8_968)]
        // A proposal that pays both reads both.
        let proposal = Proposal.redemption(scripts: [ScriptedChain.script(3), ScriptedChain.script(4)], fee: 1_730)
        chain.override = { if case .validateRedemption = $0.asks { .valid } else { nil } }
        for round in 0..<2 {
            chain.forgetAsked()
            #expect(!chain.validate(proposal).isValid)
            #expect((3...4).map { Self.reads(chain, $0) } == [true, true], "round \(round)")
            chain.closedRedemptions.note(chain.facts, chain.context())
        }
        let events = try #require(Self.events(of: chain))
        let over = events.map { chain.closedRedemptions.contains($0, at: ScriptedChain.open) }
        #expect(over == [false, false, false, true])
    }

    @Test("What a source cannot tell is not noted")
    func unavailable() throws {
        var chain = ScriptedChain()
        chain.requests.append(Self.request(3))
        let key = chain.key(ScriptedChain.script(3))
        chain.override = { if case .pendingRedemption(key) = $0.asks { .unavailable(.silent) } else { nil } }
        try Self.look(&chain)
        chain.override = { _ in nil }
        try Self.look(&chain)
        #expect(Self.reads(chain, 3))
        chain = ScriptedChain()
        chain.requests.append(Self.request(3))
        chain.override = { if case .host(.redemptionRequests) = $0 { .unavailable(.missing) } else { nil } }
        try Self.look(&chain)
        chain.override = { _ in nil }
        try Self.look(&chain)
        #expect(Self.reads(chain, 3))
    }

    private static func events(of chain: ScriptedChain) -> [RedemptionRequestedEvent]? {
        let query = HostQuery.redemptionRequests(chain.wallet.hash, upTo: ScriptedChain.open)
        guard case .host(.redemptionRequests(let events)) = chain.answer(.host(query)) else { return nil }
        return events
    }

    // MARK: - Nothing is decided by it

    /// A scene in which some requests are over.
    struct Scene: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let spoil: @Sendable (inout ScriptedChain) -> Void
        /// What happens between the look that notes and the one that decides.
        var later: @Sendable (inout ScriptedChain) -> Void = { _ in }
    }

    private static let scenes = [
        Scene(testDescription: "some are over") { $0.requests += [request(3), request(4)] },
        Scene(testDescription: "all are over") { chain in
            for index in chain.requests.indices { chain.requests[index].isPending = false }
        },
        Scene(testDescription: "one is over, another is owed") { chain in
            chain.requests[0].isPending = false
            chain.requests[1].requestedAt = ScriptedChain.now - 432_000 + 40_000
        },
        Scene(testDescription: "one was owed, and is over") { chain in
            chain.requests[0].isPending = false
            chain.requests[0].requestedAt = ScriptedChain.now - 432_000 + 40_000
        },
        Scene(testDescription: "one that was over is asked for anew") {
            $0.requests.append(request(3))
        } later: {
            $0.requests.append(request(3, at: 7_500, isPending: true))
        },
        Scene(testDescription: "it is asked for anew, and that is not settled") {
            $0.requests.append(request(3))
        } later: {
            $0.requests.append(request(3, at: 8_990, isPending: true))
        },
        Scene(testDescription: "a pending one is paid in between") {
            $0.requests.append(request(3))
        } later: {
            $0.requests[0].isPending = false
        },
        Scene(testDescription: "the index has a hole later") {
            $0.requests.append(request(3))
        } later: { chain in
            chain.override = { if case .host(.redemptionRequests) = $0 { .unavailable(.missing) } else { nil } }
        },
    ]

    private static let proposals: [Proposal] = [
        .noop,
        .heartbeat(message: HeartbeatRules.message(wallet: ScriptedChain().wallet.hash, open: ScriptedChain.open)),
        RedemptionScene().proposal, .redemption(scripts: [ScriptedChain.script(2)], fee: 1_420),
        .redemption(scripts: [ScriptedChain.script(3)], fee: 1_420),
    ]

    @Test("What is generated and what is valid is the same, whether anything is noted or not", arguments: scenes)
    func sameDecisions(scene: Scene) throws {
        var plain = ScriptedChain()
        scene.spoil(&plain)
        var noting = plain
        try Self.look(&noting)
        scene.later(&plain)
        scene.later(&noting)

        let (left, right) = (Self.generation(&plain), Self.generation(&noting))
        #expect(left == right)
        for proposal in Self.proposals {
            #expect(plain.validate(proposal) == noting.validate(proposal))
            noting.closedRedemptions.note(noting.facts, noting.context())
        }
        #expect(Self.generation(&noting) == left)
        #expect(noting.asked.count < 2 * plain.asked.count)
    }

    /// What a search decides: a proposal or a reason, without what it left out.
    private static func generation(_ chain: inout ScriptedChain) -> [String] {
        do throws(RuleStop) {
            let result = try chain.generate()
            // That a request is over is the one thing that is not told again.
            let leftOut = result.leftOut.filter { $0.rule != ActionRule.redemptionNotPending.id }
            return ["\(String(describing: result.proposal))", "\(String(describing: result.reason))", "\(leftOut)"]
        } catch {
            return ["\(error)"]
        }
    }
}
