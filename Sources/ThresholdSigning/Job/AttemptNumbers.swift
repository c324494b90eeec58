/// Nonce numbers of one instance that are marked on disk before any of their nonces exists (durability-and-events.md
/// AT1, threshold-signing.md §11).
///
/// A marker is never undone: after a restart, reserved numbers are never drawn again.
package struct AttemptNumbers: Hashable, Sendable {
    /// The number of nonce numbers of an instance; the next instance's attempts follow (threshold-signing.md §10.1).
    package static let perInstance: UInt32 = 4096

    /// The instance of the coordinator, from 0.
    package let instance: UInt32
    /// The nonce numbers; never empty, below ``perInstance``.
    package let numbers: Range<UInt32>

    /// Takes numbers of an instance; nil where the range is empty, or a number is not below ``perInstance``.
    package init?(instance: UInt32, numbers: Range<UInt32>) {
        guard !numbers.isEmpty, numbers.upperBound <= Self.perInstance else { return nil }
        self.instance = instance
        self.numbers = numbers
    }

    /// The attempt numbers of the markers: `instance · 4096 + nonce number`.
    package var attempts: Range<UInt64> {
        let base = UInt64(instance) * UInt64(Self.perInstance)
        return base + UInt64(numbers.lowerBound)..<base + UInt64(numbers.upperBound)
    }
}
