/// The number of blocks in one question for logs (durability-and-events.md HC10): halved on a refusal, doubled after
/// eight successes in a row.
package struct RangeSize: Hashable, Sendable {
    private static let successesToGrow = 8

    /// The number of blocks; at least 1.
    package private(set) var blocks: UInt64
    private let maximum: UInt64
    private var successes = 0

    /// Starts with a size; both numbers are at least 1.
    package init(start: UInt64, maximum: UInt64) {
        precondition(start > 0 && maximum > 0, "a range has at least one block")
        self.maximum = maximum
        blocks = min(start, maximum)
    }

    /// Records that a range of this size was answered.
    package mutating func succeeded() {
        successes += 1
        guard successes == Self.successesToGrow else { return }
        successes = 0
        blocks = min(maximum, blocks.multipliedReportingOverflow(by: 2).overflow ? maximum : blocks * 2)
    }

    /// Records that a range of this size was refused, or not answered in time.
    package mutating func refused() {
        successes = 0
        blocks = max(1, blocks / 2)
    }
}
