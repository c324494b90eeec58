package import Primitives

/// Detects that the machine slept, stood still, was resumed or copied. A node that holds nonces may then hold them
/// twice (threshold-signing.md §12, N4). Pure: values in, verdict out. The shell takes a reading each second and before
/// each input.
///
/// Linux shows a boot's id to every process, but shows no process the generation id of a virtual machine. So a copy
/// whose clocks were set right before its first input is not detected here; a nonce then lives for at most a minute
/// (N3).
package struct ClockWatch: Sendable {
    /// The longest time between two readings that is not a pause, and the largest difference between clocks, in
    /// milliseconds.
    package static let tolerance: UInt64 = 10_000

    /// A reading of a machine's clocks, in milliseconds.
    package struct Reading: Hashable, Sendable {
        /// The clock that counts sleep (`CLOCK_BOOTTIME`).
        package let boot: UInt64
        /// The clock that stands still in sleep (`CLOCK_MONOTONIC`).
        package let monotonic: UInt64
        /// The clock that is set from outside (`CLOCK_REALTIME`), since 1970.
        package let wall: UInt64
        /// The boot's id, new with each start of the machine (`/proc/sys/kernel/random/boot_id`); empty where it cannot
        /// be read.
        package let bootID: Bytes

        /// Describes a reading.
        package init(boot: UInt64, monotonic: UInt64, wall: UInt64, bootID: Bytes) {
            self.boot = boot
            self.monotonic = monotonic
            self.wall = wall
            self.bootID = bootID
        }
    }

    /// The finding of a reading.
    package enum Finding: String, Hashable, Sendable, CaseIterable {
        /// More than 10 s passed without a reading.
        case pause
        /// The wall clock and the monotonic one moved apart by more than 10 s.
        case clocksApart = "clocks_apart"
        /// A clock went back.
        case clockBack = "clock_back"
        /// The boot id changed.
        case otherBoot = "other_boot"
    }

    private var last: Reading
    // The reading against which clocks are compared.
    private var base: Reading

    /// Begins with a reading.
    package init(_ reading: Reading) { (last, base) = (reading, reading) }

    /// Checks a reading of the clocks; nil where nothing is unusual.
    package mutating func look(_ reading: Reading) -> Finding? {
        let finding = finding(reading)
        let bootID = reading.bootID.isEmpty ? last.bootID : reading.bootID
        last = Reading(boot: reading.boot, monotonic: reading.monotonic, wall: reading.wall, bootID: bootID)
        if finding != nil { base = reading }
        return finding
    }

    private func finding(_ reading: Reading) -> Finding? {
        // An id that could not be read shows nothing.
        if !reading.bootID.isEmpty, !last.bootID.isEmpty, reading.bootID != last.bootID { return .otherBoot }
        guard reading.boot >= last.boot, reading.monotonic >= last.monotonic else { return .clockBack }
        if reading.boot - last.boot > Self.tolerance { return .pause }
        // Compared with the base, so that a clock that is set back slowly is noticed too.
        let wall = Int64(clamping: reading.wall) - Int64(clamping: base.wall)
        let monotonic = Int64(clamping: reading.monotonic) - Int64(clamping: base.monotonic)
        let (apart, overflow) = wall.subtractingReportingOverflow(monotonic)
        return overflow || apart.magnitude > Self.tolerance ? .clocksApart : nil
    }
}
