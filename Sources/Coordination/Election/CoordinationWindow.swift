package import Primitives

/// The index of a window: its coordination block divided by the frequency. No window has index 0.
package struct WindowIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The index itself.
    package let rawValue: UInt64

    /// Wraps an index.
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: WindowIndex, right: WindowIndex) -> Bool { left.rawValue < right.rawValue }
}

/// One window of a profile: the blocks from the coordination block to the end of the passive phase (coordination.md
/// §1).
package struct CoordinationWindow: Hashable, Sendable {
    /// The window's index.
    package let index: WindowIndex
    /// The coordination block (`open` in wallet-actions.md).
    package let start: BlockNumber

    /// The window that a block opens; nil for a block that opens none (not a positive multiple of `frequency`).
    package init?(openedBy block: BlockNumber, profile: ProtocolProfile) {
        guard block.rawValue > 0, block.rawValue.isMultiple(of: profile.frequency) else { return nil }
        index = WindowIndex(block.rawValue / profile.frequency)
        start = block
    }

    /// The window whose interval of `frequency` blocks holds this block; nil before the first one.
    package init?(containing block: BlockNumber, profile: ProtocolProfile) {
        self.init(
            openedBy: BlockNumber(block.rawValue - block.rawValue % profile.frequency), profile: profile)
    }

    /// The block whose hash seeds the window.
    package func seedBlock(_ profile: ProtocolProfile) -> BlockNumber { start.subtracting(profile.safeBlockShift) }

    /// The last block of the active phase, at which proposals and verdicts are still in time.
    package func activeEnd(_ profile: ProtocolProfile) -> BlockNumber { start.adding(profile.activePhase) }

    /// The end block of the window, where execution begins (`begin` in wallet-actions.md).
    package func endBlock(_ profile: ProtocolProfile) -> BlockNumber {
        start.adding(profile.activePhase + profile.passivePhase)
    }

    /// The last block at which a verdict has an effect (coordination.md §8).
    package func verdictsEnd(_ profile: ProtocolProfile) -> BlockNumber {
        endBlock(profile).adding(profile.handOverGrace)
    }

    /// The first block of a proposer's slot: place 0 is the leader, `k` the `k`-th reserve.
    package func slotStart(place: Int, _ profile: ProtocolProfile) -> BlockNumber {
        place == 0 ? start : start.adding(profile.leaderSlot + UInt64(place - 1) * profile.reserveSlot)
    }

    /// The block at which the slot of a place ends: the next slot begins there, and the last slot ends with the active
    /// phase.
    package func slotEnd(place: Int, places: Int, _ profile: ProtocolProfile) -> BlockNumber {
        place + 1 < places ? slotStart(place: place + 1, profile) : activeEnd(profile)
    }
}
