package import Primitives
package import ThresholdSigning

/// How old the head of the followed chain is, by the node's own clock (threshold-signing.md §11, coordination.md §6).
///
/// A block tells when it was heard of, never when it was made. So a head is fresh only while blocks come at their pace: the
/// first one after a start, a silence or a sleep may be long past, and so may all that come with it in one burst.
package struct HeadClock: Hashable, Sendable {
    /// Block times after which a head is stale, and after which the next block ends a silence.
    package static let staleBlocks: UInt64 = 3
    /// Blocks at once after a heard one that are as many as a silence hides, whatever the clock says.
    static let burst: UInt8 = 3
    /// Two blocks that come closer together than this part of a block time come in one burst.
    private static let burstPart: UInt64 = 32

    /// The newest block, and when it was heard of first.
    package struct Arrival: Hashable, Sendable {
        package let number: BlockNumber
        package let time: SigningInstant

        /// Describes when a block was heard of.
        package init(number: BlockNumber, time: SigningInstant) {
            self.number = number
            self.time = time
        }
    }

    /// What is kept between two blocks.
    package struct State: Hashable, Sendable {
        /// Nil after a start or a sleep.
        package let latest: Arrival?
        /// Blocks of the present burst, the first one not counted.
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
    /// Whether the newest block came within ``staleBlocks`` block times of the one before, and in no burst after a silence.
    package private(set) var isInSync = false

    /// Begins without a head.
    package init(blockMilliseconds: UInt64) { self.blockMilliseconds = blockMilliseconds }

    /// Looks at the clock; says whether it went back, as that of a machine that was copied or resumed does.
    package mutating func wentBack(at now: SigningInstant) -> Bool {
        defer { observed = now }
        guard now < observed else { return false }
        slept()
        return true
    }

    /// A block was heard of; a repeated one and those of a branch that is no longer are no news.
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

    /// The machine slept, or was copied: what it takes for its head may be long past.
    package mutating func slept() { (latest, quick, isInSync) = (nil, 0, false) }

    /// Until when the head is fresh if no other block comes; nil if it is not.
    package var freshUntil: SigningInstant? { isInSync ? latest?.time.adding(milliseconds: stale) : nil }

    /// Whether the head is fresh.
    package func isFresh(at now: SigningInstant) -> Bool { freshUntil.map { now <= $0 } ?? false }

    /// What is kept in memory, to go on from.
    package var state: State {
        get { State(latest: latest, quick: quick, isInSync: isInSync) }
        set { (latest, quick, isInSync) = (newValue.latest, newValue.quick, newValue.isInSync) }
    }

    private var stale: UInt64 { Self.staleBlocks * blockMilliseconds }
}
