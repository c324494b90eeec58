package import Foundation
import Synchronization

/// Where a node's log lines go: standard error, whose disk may be full and whose reader may be gone or asleep.
///
/// A line that cannot be written is counted and dropped, since the node must go on; with the first line that can be
/// written again the stream says how many were lost, and why.
package final class LogStream: Sendable {
    private struct State {
        var lost: UInt64 = 0
        var cause = ""
        /// Whether a part of a line stands there without its end.
        var isTorn = false
    }

    /// Milliseconds that a line waits for a reader that is behind; the lines after a lost one wait for none.
    private static let patience: Int32 = 200

    /// Writes bytes, waiting at most so many milliseconds.
    package typealias Write = @Sendable (_ bytes: Data, _ patience: Int32) throws(StandardStream.Failure) -> Void

    private let write: Write
    private let state = Mutex(State())

    /// Takes standard error for log lines; tests give another way to write.
    package init(
        _ write: @escaping Write = { bytes, patience throws(StandardStream.Failure) in
            try StandardStream.error.write(bytes, patience: patience)
        }
    ) {
        self.write = write
    }

    /// Writes a line with its end. `loss` makes the line that tells of lost ones.
    package func write(_ line: Data, loss: (_ lines: UInt64, _ cause: String) -> Data) {
        state.withLock { state in
            var bytes = state.isTorn ? Data("\n".utf8) : Data()
            if state.lost > 0 { bytes += loss(state.lost, state.cause) }
            let before = bytes.count
            do throws(StandardStream.Failure) {
                try write(bytes + line, state.lost > 0 ? 0 : Self.patience)
                state = State()
            } catch {
                if before > 0, error.written >= before { state.lost = 0 }
                state.lost += 1
                state.cause = error.words
                if error.written > 0 { state.isTorn = error.written != before }
            }
        }
    }
}
