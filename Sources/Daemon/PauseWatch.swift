package import Node
import Synchronization

/// Detects pauses of the machine by its own looks at the clocks, so that slow work (a commit to a slow disk) does not
/// count as a pause (threshold-signing.md §12, N4).
///
/// It looks every second, and the node looks before each input: after a pause the first input in the queue may be a
/// request for a share. The first look after a pause finds it. The finding is kept until the node looks.
package final class PauseWatch: Sendable {
    private struct State {
        var watch: ClockWatch
        var found: ClockWatch.Finding?
        /// The number of pauses found since the start.
        var pauses = 0
        /// The time of the last reading of the boot's id, by the clock that counts sleep.
        var identified: UInt64
    }

    /// The time between two of its own looks; far below ``ClockWatch/tolerance``.
    private static let beat = Duration.seconds(1)
    /// The milliseconds for which the boot's id is not read again. It is a file, and takes a hundred times as long to
    /// read as the clocks.
    private static let identity: UInt64 = 1_000

    private let clocks: @Sendable (_ withBootID: Bool) -> ClockWatch.Reading
    private let state: Mutex<State>
    /// The reading, at the start, of the clock that counts sleep.
    package let start: UInt64

    /// Begins with a look. `clocks` reads the machine's clocks; it leaves the boot's id empty if it is not asked for.
    package init(clocks: @escaping @Sendable (_ withBootID: Bool) -> ClockWatch.Reading) {
        let reading = clocks(true)
        self.clocks = clocks
        start = reading.boot
        state = Mutex(State(watch: ClockWatch(reading), identified: reading.boot))
    }

    /// Looks every second until its task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Self.beat)) != nil { state.withLock { _ = look(&$0) } }
    }

    /// The result of the node's look.
    struct Look {
        let reading: ClockWatch.Reading
        /// The pause found since the previous look; nil if there was none.
        let finding: ClockWatch.Finding?
        fileprivate let pauses: Int
    }

    /// Looks at the clocks. Each finding is returned once.
    func look() -> Look {
        state.withLock { state in
            let reading = look(&state)
            defer { state.found = nil }
            return Look(reading: reading, finding: state.found, pauses: state.pauses)
        }
    }

    /// Whether work that began at a look ended within ``ClockWatch/tolerance``, on a machine that did not pause
    /// meanwhile. A pause counts even if it was already returned. A pause found now is returned by the next ``look()``.
    func isSoon(after beginning: Look) -> Bool {
        state.withLock { state in
            let reading = look(&state)
            return state.pauses == beginning.pauses
                && reading.boot - min(reading.boot, beginning.reading.boot) <= ClockWatch.tolerance
        }
    }

    /// Reads the clocks inside the lock. Two readings in the wrong order would look like a clock that goes back.
    private func look(_ state: inout State) -> ClockWatch.Reading {
        var reading = clocks(false)
        if reading.boot < state.identified || reading.boot - state.identified >= Self.identity {
            reading = clocks(true)
            state.identified = reading.boot
        }
        if let finding = state.watch.look(reading) {
            state.found = finding
            state.pauses += 1
        }
        return reading
    }
}
