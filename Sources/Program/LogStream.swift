package import Foundation
import Synchronization

/// The stream of a node's log lines: standard error, whose disk may be full and whose reader may be gone or stalled.
///
/// A line that cannot be written is counted and dropped, since the node must go on. With the first line that can be
/// written again, the stream reports the number of lost lines and the cause.
package final class LogStream: Sendable {
    private struct State {
        var lost: UInt64 = 0
        var cause = ""
        /// Whether the stream ends in a part of a line.
        var isTorn = false
    }

    /// Milliseconds that a line waits for a slow reader; lines after a lost one do not wait.
    private static let patience: Int32 = 200

    /// Writes bytes, waiting at most `patience` milliseconds.
    package typealias Write = @Sendable (_ bytes: Data, _ patience: Int32) throws(StandardStream.Failure) -> Void

    private let write: Write
    private let state = Mutex(State())

    /// Uses standard error for log lines; tests pass another way to write.
    package init(
        _ write: @escaping Write = { bytes, patience throws(StandardStream.Failure) in
            try StandardStream.error.write(bytes, patience: patience)
        }
    ) {
        self.write = write
    }

    /// Writes a line with its end of line. `loss` makes the line that reports lost lines.
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
