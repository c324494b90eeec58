package import Node
import Synchronization

/// Notices pauses of the machine by looks of its own, so that work that takes long (a commit to a slow disk) is none
/// (threshold-signing.md §12, N4).
///
/// It looks every second, and the node looks before each input: after a pause the first thing in the queue may be a request
/// for a share. Whoever looks first finds it; what was found waits until the node looks.
package final class PauseWatch: Sendable {
    private struct State {
        var watch: ClockWatch
        var found: ClockWatch.Finding?
        /// How many pauses were found since the start.
        var pauses = 0
        /// When the boot's id was read, by the clock that counts sleep.
        var identified: UInt64
    }

    /// The time between two looks of its own; far below ``ClockWatch/tolerance``.
    private static let beat = Duration.seconds(1)
    /// Milliseconds for which the boot's id is not read again: it is a file, and takes a hundred times what the clocks do.
    private static let identity: UInt64 = 1_000

    private let clocks: @Sendable (_ withBootID: Bool) -> ClockWatch.Reading
    private let state: Mutex<State>
    /// What the clock that counts sleep showed at the start.
    package let start: UInt64

    /// Begins with a look. `clocks` reads the machine's clocks; without the boot's id that is empty.
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

    /// What the node saw when it looked.
    struct Look {
        let reading: ClockWatch.Reading
        /// What was found since the look before.
        let finding: ClockWatch.Finding?
        fileprivate let pauses: Int
    }

    /// Looks; what was found is told once.
    func look() -> Look {
        state.withLock { state in
            let reading = look(&state)
            defer { state.found = nil }
            return Look(reading: reading, finding: state.found, pauses: state.pauses)
        }
    }

    /// Looks whether work that began at a look was over within ``ClockWatch/tolerance``, on a machine that did not pause
    /// meanwhile, whether or not the pause has been told already. What is found now waits for the next ``look()``.
    func isSoon(after beginning: Look) -> Bool {
        state.withLock { state in
            let reading = look(&state)
            return state.pauses == beginning.pauses
                && reading.boot - min(reading.boot, beginning.reading.boot) <= ClockWatch.tolerance
        }
    }

    /// Reads the clocks inside the lock: two readings that change places would be a clock that goes back.
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
