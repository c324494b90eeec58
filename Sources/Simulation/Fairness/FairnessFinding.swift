/// The tests of fairness; the raw value is the name in JSON (docs/fairness.md says what each shows).
package enum FairnessTest: String, Hashable, Sendable, CaseIterable {
    case leaders
    case place
    case order
    case successive
    case heartbeatShare = "heartbeat_share"
    case heartbeat
    case longestWait = "longest_wait"
    case seats
    case wallets
    case growth
    case members
    case permutation
    case letterCase = "letter_case"
    case duplicateSeats = "duplicate_seats"
    case below
}

/// What one test says of one configuration.
package struct FairnessFinding: Hashable, Sendable {
    /// Below this a result is no accident: with fixed seeds, a bug.
    package static let threshold = PValue(log10: -9)

    /// How a test ends.
    package enum Verdict: String, Hashable, Sendable {
        case pass
        case fail
        /// There were too few windows for the law to hold.
        case tooFew = "too_few"
    }

    package let test: FairnessTest
    /// How many operators the wallet has; nil where the test draws plain numbers.
    package let operators: Int?
    /// How its seats are spread; nil where the test does not rest on it.
    package let seats: SeatSpread?
    /// The bound that numbers were drawn below.
    package let bound: UInt64?
    /// Chi-square, the longest wait, or the number of differences.
    package let statistic: Double
    /// The degrees of freedom; nil where the statistic is no chi-square.
    package let degrees: Int?
    /// Nil where there were too few windows.
    package let p: PValue?
    /// The figure that a person looks at.
    package let detail: String

    /// Notes a finding.
    package init(
        _ test: FairnessTest, operators: Int? = nil, seats: SeatSpread? = nil, bound: UInt64? = nil,
        statistic: Double, degrees: Int? = nil, p: PValue?, detail: String
    ) {
        self.test = test
        self.operators = operators
        self.seats = seats
        self.bound = bound
        self.statistic = statistic
        self.degrees = degrees
        self.p = p
        self.detail = detail
    }

    /// Notes a chi-square, whose p counts for one of `amongst` looked at.
    init(
        _ test: FairnessTest, operators: Int? = nil, seats: SeatSpread? = nil, bound: UInt64? = nil,
        _ square: ChiSquare, amongst: Int = 1, detail: String
    ) {
        self.init(
            test, operators: operators, seats: seats, bound: bound, statistic: square.statistic,
            degrees: square.degrees,
            p: square.smallestExpected < ChiSquare.least ? nil : square.p.amongst(amongst), detail: detail)
    }

    /// Whether fairness stands.
    package var verdict: Verdict {
        guard let p else { return .tooFew }
        return p < Self.threshold ? .fail : .pass
    }
}
