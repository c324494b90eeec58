package import Primitives
package import ThresholdSigning

/// The age of the followed chain's head, by the node's own clock (threshold-signing.md §11, coordination.md §6).
///
/// A block shows when the node heard of it, never when it was made. So a head is fresh only while blocks come at their
/// pace. The first block after a start, a silence or a sleep may be old, and so may all blocks that come with it in one
/// burst.
package struct HeadClock: Hashable, Sendable {
    /// The number of block times after which a head is stale, and after which the next block ends a silence.
    package static let staleBlocks: UInt64 = 3
    /// The number of blocks in a burst that equals a silence, whatever the clock says.
    static let burst: UInt8 = 3
    /// Two blocks that arrive less than a block time divided by this apart belong to one burst.
    private static let burstPart: UInt64 = 32

    /// The newest block, with the time of its first arrival.
    package struct Arrival: Hashable, Sendable {
        package let number: BlockNumber
        package let time: SigningInstant

        /// Describes the arrival of a block.
        package init(number: BlockNumber, time: SigningInstant) {
            self.number = number
            self.time = time
        }
    }

    /// The state that is kept between two blocks.
    package struct State: Hashable, Sendable {
        /// The newest block; nil after a start or a sleep.
        package let latest: Arrival?
        /// The blocks of the present burst, without the first.
        package let quick: UInt8
        package let isInSync: Bool

        /// Describes a state.
        package init(latest: Arrival?, quick: UInt8, isInSync: Bool) {
            self.latest = latest
            self.quick = quick
            self.isInSync = isInSync
        }
    }

    private let blockMilliseconds: UInt64
    private var latest: Arrival?
    private var quick: UInt8 = 0
    private var observed = SigningInstant(milliseconds: 0)
    /// Whether the newest block came within ``staleBlocks`` block times of the previous one, and not in a burst after a
    /// silence.
    package private(set) var isInSync = false

    /// Begins without a head.
    package init(blockMilliseconds: UInt64) { self.blockMilliseconds = blockMilliseconds }

    /// Reads the clock; true if it went back, as the clock of a copied or resumed machine does.
    package mutating func wentBack(at now: SigningInstant) -> Bool {
        defer { observed = now }
        guard now < observed else { return false }
        slept()
        return true
    }

    /// Takes note of a block. Repeated blocks and those of an abandoned branch are ignored.
    package mutating func arrived(_ number: BlockNumber, at now: SigningInstant) {
        guard let last = latest else {
            latest = Arrival(number: number, time: now)
            return
        }
        guard number > last.number else { return }
        latest = Arrival(number: number, time: now)
        let gap = now.milliseconds - min(now.milliseconds, last.time.milliseconds)
        if gap > stale {
            (quick, isInSync) = (0, false)
        } else if gap < blockMilliseconds / Self.burstPart {
            quick = min(Self.burst, quick + 1)
            if quick == Self.burst { isInSync = false }
        } else {
            (quick, isInSync) = (0, true)
        }
    }

    /// Forgets the head's age: the machine slept or was copied, so its head may be old.
    package mutating func slept() { (latest, quick, isInSync) = (nil, 0, false) }

    /// The time until which the head stays fresh without another block; nil if it is not fresh.
    package var freshUntil: SigningInstant? { isInSync ? latest?.time.adding(milliseconds: stale) : nil }

    /// Whether the head is fresh.
    package func isFresh(at now: SigningInstant) -> Bool { freshUntil.map { now <= $0 } ?? false }

    /// The state to continue from.
    package var state: State {
        get { State(latest: latest, quick: quick, isInSync: isInSync) }
        set { (latest, quick, isInSync) = (newValue.latest, newValue.quick, newValue.isInSync) }
    }

    private var stale: UInt64 { Self.staleBlocks * blockMilliseconds }
}
