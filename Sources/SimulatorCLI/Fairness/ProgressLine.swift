import Foundation
import Program

/// Shows a run's progress on standard error where that is a terminal, and its speed at the end.
struct ProgressLine {
    private let elections: Int?
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let watched = isatty(STDERR_FILENO) == 1
    private var shown = -1

    /// Starts the clock; without a number of elections no speed is shown.
    init(elections: Int? = nil) {
        self.elections = elections
        start = clock.now
    }

    /// Shows the completed share, from 0 to 1.
    mutating func show(_ done: Double) {
        let percent = Int(done * 100)
        if watched, percent > shown {
            shown = percent
            let filled = percent / 4
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 25 - filled)
            let end = percent < 100 ? "" : "\n"
            Output.remark("\r[\(bar)] \(percent) %\(end)")
        }
        guard done >= 1, let elections else { return }
        let seconds = (clock.now - start) / .seconds(1)
        Output.error(
            "\(elections) elections in \(String(format: "%.2f", seconds)) s,"
                + " \(Int(Double(elections) / max(seconds, 1e-9))) a second")
    }
}
