/// Nonce numbers of one instance that are marked on disk before any nonce of theirs exists
/// (durability-and-events.md AT1, threshold-signing.md §11).
///
/// A marker is a one-way door: after a restart numbers that were reserved are never drawn again.
package struct AttemptNumbers: Hashable, Sendable {
    /// How many nonce numbers an instance has; the next instance's attempts follow (threshold-signing.md §10.1).
    package static let perInstance: UInt32 = 4096

    /// The instance of the coordinator, from 0.
    package let instance: UInt32
    /// The nonce numbers; never empty, below ``perInstance``.
    package let numbers: Range<UInt32>

    /// Names numbers of an instance; nil where there are none, or one is not below ``perInstance``.
    package init?(instance: UInt32, numbers: Range<UInt32>) {
        guard !numbers.isEmpty, numbers.upperBound <= Self.perInstance else { return nil }
        self.instance = instance
        self.numbers = numbers
    }

    /// The attempt numbers under which the markers stand: `instance · 4096 + nonce number`.
    package var attempts: Range<UInt64> {
        let base = UInt64(instance) * UInt64(Self.perInstance)
        return base + UInt64(numbers.lowerBound)..<base + UInt64(numbers.upperBound)
    }
}
