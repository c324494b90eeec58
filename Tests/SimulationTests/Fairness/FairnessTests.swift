import Coordination
import Primitives
import Testing

@testable import Simulation

/// The window counts are those of a debug build: enough for every mutant; `coord-sim fairness` runs the million.
@Suite("Fairness")
struct FairnessTests {
    private static let honest = MutantElection(flaw: nil)

    private func failed(
        _ flaw: MutantElection.Flaw, operators: Int, windows: Int, seed: UInt64 = 1
    ) -> Set<FairnessTest> {
        let plan = FairnessPlan(windows: windows, operators: [operators], seed: seed)
        let findings = FairnessRun(MutantElection(flaw: flaw), plan: plan).findings()
        return Set(findings.filter { $0.verdict == .fail }.map(\.test))
    }

    @Test(
        "The protocol's election passes every test",
        arguments: [(2, 12_000), (3, 12_000), (7, 8_000), (10, 8_000), (20, 5_000), (51, 2_000), (100, 1_000)])
    func passes(operators: Int, windows: Int) {
        let plan = FairnessPlan(windows: windows, operators: [operators], seed: 1)
        let findings = FairnessRun.ofProtocol(plan)
        #expect(findings.filter { $0.verdict == .fail } == [])
        // What is not tested here for want of windows is tested by the program.
        let tooFew = Set(findings.filter { $0.verdict == .tooFew }.map(\.test))
        #expect(tooFew.isSubset(of: operators < 51 ? [] : [.successive, .wallets, .growth, .heartbeat, .below]))
        #expect(Set(findings.map(\.test)) == Set(FairnessTest.allCases))
    }

    @Test("The p values of fair elections are even: they are neither too small nor too large too often")
    func calibration() {
        var values: [FairnessTest: [Double]] = [:]
        for seed in 0..<60 as Range<UInt64> {
            let plan = FairnessPlan(windows: 1_000, operators: [3], seed: seed)
            for finding in FairnessRun(ProtocolElection(), plan: plan).windowFindings() {
                if let p = finding.p { values[finding.test, default: []].append(p.value) }
            }
        }
        // Bonferroni's bound makes `place` and `longest_wait` larger than even; `place` but a little.
        for test in [FairnessTest.leaders, .order, .successive, .heartbeatShare, .heartbeat, .seats, .wallets, .growth]
        {
            let found = values[test, default: []]
            #expect(found.count >= 60, "\(test)")
            // At 60 values four standard deviations are 0.15 about the mean.
            #expect(abs(found.reduce(0, +) / Double(found.count) - 0.5) < 0.15, "\(test)")
        }
        for test in [FairnessTest.place, .longestWait] {
            let found = values[test, default: []]
            #expect(found.allSatisfy { $0 > 1e-4 }, "\(test)")
            #expect(found.contains { $0 < 0.5 }, "\(test)")
        }
    }

    @Test("Without a flaw the mutant is the protocol's election")
    func withoutFlaw() {
        let real = ProtocolElection()
        var chain = FairnessChain(seed: 3, concern: .chain)
        for operators in [2, 10, 51] {
            let groups = FairnessGroups(operators: operators, seed: 3)
            for window in 1...40 as ClosedRange<UInt64> {
                let hash = chain.next()
                #expect(
                    Self.honest.elect(groups.unequal, safeBlockHash: hash, window: WindowIndex(window))
                        == real.elect(groups.unequal, safeBlockHash: hash, window: WindowIndex(window)))
            }
        }
    }

    @Test("Mutant: modulo bias is caught, by the numbers below awkward bounds and by the table of places")
    func moduloBias() {
        #expect(failed(.moduloBias, operators: 100, windows: 2_000).isSuperset(of: [.below, .order]))
    }

    @Test("Mutant: a shared stream is caught by leaders of heartbeat windows, and by nothing else")
    func sharedStream() {
        // 16 has a common divisor with 2 and with 10; with an odd number the two remainders are independent after all.
        #expect(failed(.sharedStream, operators: 2, windows: 2_000) == [.heartbeat])
        #expect(failed(.sharedStream, operators: 10, windows: 120_000) == [.heartbeat])
    }

    @Test("Mutant: a forgotten last swap is caught by leaders, by places, and by growth", arguments: [2, 3, 10])
    func forgottenSwap(operators: Int) {
        #expect(
            failed(.forgottenSwap, operators: operators, windows: 2_000)
                .isSuperset(of: [.leaders, .place, .order, .growth, .longestWait]))
    }

    @Test("The known client: with 10 operators the one that sorts first leads no window with a heartbeat")
    func knownClient() {
        let mutant = MutantElection(flaw: .knownClient)
        let groups = FairnessGroups(operators: 10, seed: 1)
        let ranks = OperatorRanks(groups.operators)
        var tally = ElectionTally(members: 10)
        var chain = FairnessChain(seed: 1, concern: .chain)
        for window in 1...10_000 as ClosedRange<UInt64> {
            let election = mutant.elect(groups.equal, safeBlockHash: chain.next(), window: WindowIndex(window))
            _ = tally.record(election, ranks)
        }
        #expect((500...750).contains(tally.heartbeats))
        #expect(tally.heartbeatLeaders[0] == 0)
        #expect(ChiSquare(uniform: tally.leaders).p > FairnessFinding.threshold)
        // High halves of one word change little from one bound to the next: the leader often stays as the group grows.
        for operators in [2, 3, 10] {
            #expect(failed(.knownClient, operators: operators, windows: 10_000) == [.heartbeat, .growth])
        }
    }

    @Test(
        "Each other flaw is caught by the tests that it concerns",
        arguments: [
            (.otherHeartbeat, [.heartbeatShare]),
            (.seatWeight, [.seats, .leaders, .duplicateSeats]),
            (.seatOrder, [.permutation]),
            (.turns, [.successive, .wallets, .longestWait]),
            (.repeated, [.members]),
        ] as [(MutantElection.Flaw, Set<FairnessTest>)])
    func otherFlaws(flaw: MutantElection.Flaw, tests: Set<FairnessTest>) {
        #expect(failed(flaw, operators: 7, windows: 3_000).isSuperset(of: tests))
    }

    @Test("Too few windows for a test are said, never passed over")
    func tooFew() {
        let findings = FairnessRun.ofProtocol(FairnessPlan(windows: 1_000, operators: [100], seed: 1))
        #expect(findings.first { $0.test == .successive }?.verdict == .tooFew)
        #expect(findings.first { $0.test == .leaders }?.verdict == .pass)
        // What is expected is what fairness expects: a leader that never comes excuses no test.
        let never = ChiSquare(independenceOf: [0, 0, 0, 900], columns: 2, smallestExpected: 225)
        #expect(never.smallestExpected == 225)
    }

    @Test("Equal plans give equal findings, another seed others")
    func deterministic() {
        func findings(_ seed: UInt64) -> [FairnessFinding] {
            FairnessRun.ofProtocol(FairnessPlan(windows: 1_000, operators: [3], seed: seed))
        }
        #expect(findings(5) == findings(5))
        #expect(findings(5) != findings(6))
    }

    @Test("The unequal wallet has half of its seats or more in one hand, and as many seats as a group may have")
    func groups() {
        for operators in [2, 3, 10, 100, 128] {
            let groups = FairnessGroups(operators: operators, seed: 9)
            #expect(2 * groups.unequal.seats(of: groups.holder).count >= groups.unequal.seats.count)
            #expect(groups.unequal.operators == groups.equal.operators)
            #expect(groups.unequal.wallet != groups.equal.wallet)
            #expect(groups.grown.wallet == groups.equal.wallet)
            #expect(groups.grown.operators.count == operators + 1)
            let ranks = OperatorRanks(groups.operators)
            #expect(groups.operators.map(ranks.rank) == Array(0..<operators))
        }
    }

    @Test("Operators are told apart by their first eight bytes")
    func leadingWord() throws {
        let address = try EthereumAddress(hex: "0x0123456789abcdeff0e0d0c0b0a0908070605040")
        #expect(address.leadingWord == 0x0123_4567_89AB_CDEF)
    }

    @Test("The findings of one size stand together, the bare numbers last")
    func sorted() {
        let plan = FairnessPlan(windows: 1_000, operators: [3, 2], seed: 1)
        let sizes = FairnessRun.ofProtocol(plan).map(\.operators)
        let each = FairnessTest.allCases.count - 1 + 7
        #expect(
            sizes == Array(repeating: 3, count: each) + Array(repeating: 2, count: each)
                + Array(repeating: nil, count: BoundTests.bounds.count))
    }

    @Test("A tally counts waits at the front, in the middle and at the end")
    func waits() {
        let groups = FairnessGroups(operators: 3, seed: 2)
        let ranks = OperatorRanks(groups.operators)
        var tally = ElectionTally(members: 3)
        for leader in [1, 1, 0, 1, 1, 1, 0, 1] {
            let order = [leader, (leader + 1) % 3, (leader + 2) % 3].map { groups.operators[$0] }
            #expect(tally.record(DrawnElection(leaderOrder: order, heartbeat: leader == 0), ranks) == leader)
        }
        #expect(tally.longestWaits == [3, 1, 8])
        #expect(tally.leaders.map(Int.init) == [2, 6, 0])
        #expect(tally.counts(at: 1).map(Int.init) == [0, 2, 6])
        #expect(tally.successions == [0, 2, 0, 2, 3, 0, 0, 0, 0])
        #expect(tally.heartbeatTable == [2, 0, 0, 0, 6, 0])
    }
}
