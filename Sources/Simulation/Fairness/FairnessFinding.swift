/// The tests of fairness; the raw value is the name in JSON (docs/fairness.md describes each test).
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

/// The result of one test on one configuration.
package struct FairnessFinding: Hashable, Sendable {
    /// A smaller p is not an accident: with fixed seeds it shows a bug.
    package static let threshold = PValue(log10: -9)

    /// The verdict of a test.
    package enum Verdict: String, Hashable, Sendable {
        case pass
        case fail
        /// There were too few windows for the law to hold.
        case tooFew = "too_few"
    }

    package let test: FairnessTest
    /// The number of the wallet's operators; nil where the test draws plain numbers.
    package let operators: Int?
    /// The spread of its seats; nil where the test does not depend on it.
    package let seats: SeatSpread?
    /// The bound of the drawn numbers.
    package let bound: UInt64?
    /// Chi-square, the longest wait, or the number of differences.
    package let statistic: Double
    /// The degrees of freedom; nil where the statistic is not a chi-square.
    package let degrees: Int?
    /// The p value; nil where there were too few windows.
    package let p: PValue?
    /// The figure shown to the reader.
    package let detail: String

    /// Makes a finding.
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

    /// Makes a finding from a chi-square. Its p is corrected for `amongst` such tests.
    init(
        _ test: FairnessTest, operators: Int? = nil, seats: SeatSpread? = nil, bound: UInt64? = nil,
        _ square: ChiSquare, amongst: Int = 1, detail: String
    ) {
        self.init(
            test, operators: operators, seats: seats, bound: bound, statistic: square.statistic,
            degrees: square.degrees,
            p: square.smallestExpected < ChiSquare.least ? nil : square.p.amongst(amongst), detail: detail)
    }

    /// Whether the election passes as fair.
    package var verdict: Verdict {
        guard let p else { return .tooFew }
        return p < Self.threshold ? .fail : .pass
    }
}
