/// Counts of delays in tenths of a second. Memory grows with the number of different delays, not with the length of a
/// run.
package struct DelayCounts: Hashable, Sendable {
    /// The counts by tenths of a second, rounded up.
    package private(set) var tenths: [UInt64: UInt64] = [:]
    package private(set) var count: UInt64 = 0

    /// Starts empty.
    package init() {}

    /// Counts one delay.
    package mutating func add(milliseconds: UInt64) {
        tenths[(milliseconds + 99) / 100, default: 0] += 1
        count += 1
    }

    /// Adds other counts.
    package mutating func add(_ other: DelayCounts) {
        tenths.merge(other.tenths, uniquingKeysWith: +)
        count += other.count
    }

    /// The smallest number of tenths of a second within which at least `part` of `whole` delays are over (nearest
    /// rank); nil where nothing was counted.
    package func percentile(_ part: UInt64, of whole: UInt64 = 100) -> UInt64? {
        guard count > 0, whole > 0 else { return nil }
        let rank = max(1, (count * part + whole - 1) / whole)
        var seen: UInt64 = 0
        for (delay, number) in tenths.sorted(by: { $0.key < $1.key }) {
            seen += number
            if seen >= rank { return delay }
        }
        return tenths.keys.max()
    }
}
