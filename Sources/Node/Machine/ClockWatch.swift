package import Primitives

/// Notices that the machine slept, stood still, was resumed or copied: whoever holds nonces then may hold them twice
/// (threshold-signing.md §12, N4). Values in, verdict out; the shell looks each second and before each
/// input.
///
/// Linux shows a boot's id to everybody, and to nobody the id of a virtual machine's generation. So a copy whose clocks were
/// set right before its first input is not noticed here; a nonce then lives for a minute at most (N3).
package struct ClockWatch: Sendable {
    /// Milliseconds between two looks that are no pause, and by which clocks may move apart.
    package static let tolerance: UInt64 = 10_000

    /// What the clocks of a machine show, in milliseconds.
    package struct Reading: Hashable, Sendable {
        /// Counts sleep (`CLOCK_BOOTTIME`).
        package let boot: UInt64
        /// Stands still in sleep (`CLOCK_MONOTONIC`).
        package let monotonic: UInt64
        /// Is set from outside (`CLOCK_REALTIME`), since 1970.
        package let wall: UInt64
        /// Another with each start of the machine (`/proc/sys/kernel/random/boot_id`); empty where it cannot be read.
        package let bootID: Bytes

        /// Describes a reading.
        package init(boot: UInt64, monotonic: UInt64, wall: UInt64, bootID: Bytes) {
            self.boot = boot
            self.monotonic = monotonic
            self.wall = wall
            self.bootID = bootID
        }
    }

    /// What was noticed.
    package enum Finding: String, Hashable, Sendable, CaseIterable {
        /// More than 10 s without a look.
        case pause
        /// The wall clock and the monotonic one moved apart by more than 10 s.
        case clocksApart = "clocks_apart"
        /// A clock went back.
        case clockBack = "clock_back"
        /// The boot is another one.
        case otherBoot = "other_boot"
    }

    private var last: Reading
    // The reading by which clocks are compared.
    private var base: Reading

    /// Begins with a reading.
    package init(_ reading: Reading) { (last, base) = (reading, reading) }

    /// Looks at the clocks; nil where all is as it was.
    package mutating func look(_ reading: Reading) -> Finding? {
        let finding = finding(reading)
        let bootID = reading.bootID.isEmpty ? last.bootID : reading.bootID
        last = Reading(boot: reading.boot, monotonic: reading.monotonic, wall: reading.wall, bootID: bootID)
        if finding != nil { base = reading }
        return finding
    }

    private func finding(_ reading: Reading) -> Finding? {
        // What could not be read says nothing.
        if !reading.bootID.isEmpty, !last.bootID.isEmpty, reading.bootID != last.bootID { return .otherBoot }
        guard reading.boot >= last.boot, reading.monotonic >= last.monotonic else { return .clockBack }
        if reading.boot - last.boot > Self.tolerance { return .pause }
        // From the base on, so that a clock that is drawn back slowly is noticed too.
        let wall = Int64(clamping: reading.wall) - Int64(clamping: base.wall)
        let monotonic = Int64(clamping: reading.monotonic) - Int64(clamping: base.monotonic)
        let (apart, overflow) = wall.subtractingReportingOverflow(monotonic)
        return overflow || apart.magnitude > Self.tolerance ? .clocksApart : nil
    }
}
