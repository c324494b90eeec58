import Coordination
import Primitives

/// One number of operators under test: its wallets, and the counts of their elections.
struct FairnessConfiguration {
    let groups: FairnessGroups
    private let ranks: OperatorRanks
    private let grownRanks: OperatorRanks
    private var equal: ElectionTally
    private var unequal: ElectionTally
    /// Counts of pairs: the leader of the first wallet is the row, that of the second the column.
    private var pairs: [UInt32]
    /// Counts of pairs: the leader of the first wallet is the row, the leader with one more operator the column.
    private var growth: [UInt32]
    private var stays: UInt64 = 0

    init(operators: Int, seed: UInt64) {
        groups = FairnessGroups(operators: operators, seed: seed)
        ranks = OperatorRanks(groups.operators)
        grownRanks = OperatorRanks(groups.grown.operators)
        equal = ElectionTally(members: operators)
        unequal = equal
        pairs = Array(repeating: 0, count: operators * operators)
        growth = Array(repeating: 0, count: operators * (operators + 1))
    }

    var count: Int { groups.operators.count }

    /// Elects in all three wallets and counts the results.
    mutating func record(_ draw: some ElectionDraw, safeBlockHash: Hash32, window: WindowIndex) {
        let election = draw.elect(groups.equal, safeBlockHash: safeBlockHash, window: window)
        let leader = equal.record(election, ranks)
        let other = unequal.record(
            draw.elect(groups.unequal, safeBlockHash: safeBlockHash, window: window), ranks)
        pairs[leader * count + other] &+= 1
        let grown = draw.elect(groups.grown, safeBlockHash: safeBlockHash, window: window).leaderOrder[0]
        growth[leader * (count + 1) + grownRanks.rank(of: grown)] &+= 1
        if grown == election.leaderOrder[0] { stays += 1 }
    }

    /// The findings from the counts.
    func findings(heartbeat: Rational) -> [FairnessFinding] {
        findings(of: equal, .equal, heartbeat) + findings(of: unequal, .unequal, heartbeat)
            + [seatsFinding, walletsFinding, growthFinding]
    }

    private func findings(
        of tally: ElectionTally, _ seats: SeatSpread, _ heartbeat: Rational
    ) -> [FairnessFinding] {
        let windows = Double(tally.windows)
        let chance = Double(heartbeat.numerator) / Double(heartbeat.denominator)
        func finding(_ test: FairnessTest, _ square: ChiSquare, amongst: Int = 1, _ detail: String) -> FairnessFinding {
            FairnessFinding(test, operators: count, seats: seats, square, amongst: amongst, detail: detail)
        }
        let byPlace = (0..<count).map { ChiSquare(uniform: tally.counts(at: $0)) }
        let worst = byPlace.indices.max { byPlace[$0].statistic < byPlace[$1].statistic } ?? 0
        return [
            finding(.leaders, ChiSquare(uniform: tally.leaders), Share.range(of: tally.leaders)),
            finding(
                .place, byPlace[worst], amongst: count,
                "worst of \(count) is place \(worst + 1): \(Share.range(of: tally.counts(at: worst)))"),
            finding(.order, ChiSquare(placesOf: tally.places, members: count), "all \(count * count) cells"),
            finding(
                .successive,
                ChiSquare(
                    independenceOf: tally.successions, columns: count,
                    smallestExpected: (windows - 1) / Double(count * count)),
                "leads twice in a row \(Share(diagonal(tally.successions), of: tally.windows - 1)),"
                    + " fair \(Share(1, of: count))"),
            finding(
                .heartbeatShare,
                ChiSquare(successes: tally.heartbeats, trials: UInt64(tally.windows), chance: chance),
                "\(Share(Int(tally.heartbeats), of: tally.windows)), fair \(Share(chance))"),
            finding(
                .heartbeat,
                ChiSquare(
                    independenceOf: tally.heartbeatTable, columns: count,
                    smallestExpected: windows * min(chance, 1 - chance) / Double(count)),
                "leads of heartbeats " + Share.range(of: tally.heartbeatLeaders[...])),
            waitFinding(of: tally, seats),
        ]
    }

    /// Tests the longest wait of all and the shortest of the longest waits, each by Bonferroni's bound over the
    /// operators and over the two sides.
    private func waitFinding(of tally: ElectionTally, _ seats: SeatSpread) -> FairnessFinding {
        let law = LongestRunLaw(trials: tally.windows, success: 1 / Double(count))
        let waits = tally.longestWaits
        let (longest, shortest) = (waits.max() ?? 0, waits.min() ?? 0)
        let far = PValue(naturalLogarithm: law.logAtLeast(longest)).amongst(2 * count)
        let near = PValue(naturalLogarithm: law.logAtMost(shortest)).amongst(2 * count)
        return FairnessFinding(
            .longestWait, operators: count, seats: seats, statistic: Double(longest), p: min(far, near),
            detail: "from \(shortest) to \(longest) windows, fair median \(law.median)")
    }

    /// Tests whether operators with more seats lead more often. Unfair shares could differ only in this direction.
    private var seatsFinding: FairnessFinding {
        let held = groups.operators.map { Double(groups.unequal.seats(of: $0).count) }
        let mean = held.reduce(0, +) / Double(count)
        let share = Double(unequal.windows) / Double(count)
        let tilt = zip(held, unequal.leaders).reduce(0.0) { $0 + ($1.0 - mean) * (Double($1.1) - share) }
        let spread = held.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
        let square = ChiSquare(statistic: tilt * tilt / (share * spread), degrees: 1, smallestExpected: share)
        let holder = unequal.leaders[ranks.rank(of: groups.holder)]
        return FairnessFinding(
            .seats, operators: count, seats: .unequal, square,
            detail: "holds \(Share(groups.unequal.seats(of: groups.holder).count, of: groups.unequal.seats.count))"
                + " of seats, leads \(Share(Int(holder), of: unequal.windows))")
    }

    private var walletsFinding: FairnessFinding {
        let square = ChiSquare(
            independenceOf: pairs, columns: count,
            smallestExpected: Double(equal.windows) / Double(count * count))
        return FairnessFinding(
            .wallets, operators: count, square,
            detail: "one leads both \(Share(diagonal(pairs), of: equal.windows)), fair \(Share(1, of: count))")
    }

    /// Tests the leader pairs of the two orders. Both are drawn from the same words: word `k` below `n + 1 - k` and
    /// below `n + 2 - k`. Neighbours have no common divisor, so the remainders are independent except for `n² / 2^64`,
    /// and all `n (n + 1)` pairs are equally likely.
    private var growthFinding: FairnessFinding {
        FairnessFinding(
            .growth, operators: count, seats: .equal, ChiSquare(uniform: growth),
            detail: "leader stays \(Share(Int(stays), of: equal.windows)), fair \(Share(1, of: count + 1))")
    }

    private func diagonal(_ table: [UInt32]) -> Int {
        (0..<count).reduce(0) { $0 + Int(table[$1 * count + $1]) }
    }
}
