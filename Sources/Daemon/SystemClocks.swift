import Foundation
package import Node
import Primitives

/// Reads the clocks of this machine.
package enum SystemClocks {
    /// Reads the clocks. The boot's id is empty if it is not asked for or cannot be read.
    @Sendable package static func read(withBootID: Bool) -> ClockWatch.Reading {
        ClockWatch.Reading(
            boot: milliseconds(CLOCK_BOOTTIME), monotonic: milliseconds(CLOCK_MONOTONIC),
            wall: milliseconds(CLOCK_REALTIME), bootID: withBootID ? bootID() : [])
    }

    private static func milliseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { preconditionFailure("Linux has these clocks since 2.6.39") }
        return UInt64(clamping: time.tv_sec) * 1_000 + UInt64(clamping: time.tv_nsec) / 1_000_000
    }

    private static func bootID() -> Bytes {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = Bytes(repeating: 0, count: 64)
        let count = Foundation.read(file, &bytes, bytes.count)
        return count > 0 ? Bytes(bytes.prefix(count)) : []
    }
}
