/// An amount of bitcoin in satoshi, from 0 to the 21 million bitcoin that can exist.
package struct Satoshis: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The total supply in satoshi: 21·10^14.
    package static let maximum = Satoshis(unchecked: 2_100_000_000_000_000)
    /// Zero satoshi.
    package static let zero = Satoshis(unchecked: 0)

    /// The number of satoshi.
    package let rawValue: UInt64

    private init(unchecked rawValue: UInt64) { self.rawValue = rawValue }

    /// Takes an amount of at most ``maximum``; nil above it.
    package init?(_ rawValue: UInt64) {
        guard rawValue <= Satoshis.maximum.rawValue else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { String(rawValue) }

    /// The sum; nil above ``maximum``.
    package func adding(_ other: Satoshis) -> Satoshis? { Satoshis(rawValue + other.rawValue) }

    /// The difference; nil below zero.
    package func subtracting(_ other: Satoshis) -> Satoshis? {
        rawValue >= other.rawValue ? Satoshis(unchecked: rawValue - other.rawValue) : nil
    }

    /// The sum of all amounts; nil above ``maximum``.
    package static func sum(_ amounts: some Sequence<Satoshis>) -> Satoshis? {
        var total = Satoshis.zero
        for amount in amounts {
            guard let next = total.adding(amount) else { return nil }
            total = next
        }
        return total
    }

    package static func < (left: Satoshis, right: Satoshis) -> Bool { left.rawValue < right.rawValue }
}
