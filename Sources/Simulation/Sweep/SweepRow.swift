import Coordination

/// The results of a cell of a sweep.
package struct SweepRow: Hashable, Sendable {
    /// The blocks between two windows of the simulator's profile.
    package static let frequency = Int(EpisodeSettings(seed: 0).profile.frequency)

    package let cell: SweepPlan.Cell
    package private(set) var windows: UInt64 = 0
    package private(set) var lost: UInt64 = 0
    package private(set) var messages: UInt64 = 0
    package private(set) var bytes: UInt64 = 0
    package private(set) var waits = WaitTally()
    package private(set) var traffic = TrafficTally()

    /// Starts the row of a cell.
    package init(_ cell: SweepPlan.Cell) { self.cell = cell }

    /// Adds an episode.
    package mutating func add(_ result: Episode.Result) {
        windows += result.windows
        lost += result.lost
        messages += result.messages
        bytes += result.bytes
        waits.add(result.waits)
        traffic.add(result.traffic)
    }

    /// The share of windows without agreement; nil without windows.
    package var lostShare: Double? { windows == 0 ? nil : Double(lost) / Double(windows) }

    /// The interval of the true share, with a confidence of 95 %; nil without windows.
    package var lostInterval: ClosedRange<Double>? {
        windows == 0 ? nil : ConfidenceInterval(successes: lost, trials: windows, miss: 0.05).range
    }

    /// Messages put on links, for each window.
    package var messagesPerWindow: Double? { windows == 0 ? nil : Double(messages) / Double(windows) }

    /// Bytes put on links, for each window.
    package var bytesPerWindow: Double? { windows == 0 ? nil : Double(bytes) / Double(windows) }
}

extension [UInt64] {
    /// The mean of the counted values, where each index is a value and holds its count; nil where nothing is counted.
    package var meanValue: Double? {
        let count = reduce(0, +)
        guard count > 0 else { return nil }
        return enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) } / Double(count)
    }

    /// The smallest value that this percentage of the values do not exceed; nil where nothing is counted.
    package func percentile(_ percent: UInt64) -> Int? {
        let count = reduce(0, +)
        guard count > 0 else { return nil }
        var below: UInt64 = 0
        return firstIndex { value in
            below += value
            return below * 100 >= count * percent
        }
    }
}
