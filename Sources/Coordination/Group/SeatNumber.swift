/// The number of a seat in a signing group, counted from 1 (coordination.md §1). On the wire, 0 means "no seat".
package struct SeatNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number on the wire in messages that belong to no wallet.
    package static let none = SeatNumber(0)

    /// The number itself.
    package let rawValue: UInt16

    /// Wraps a seat number.
    package init(_ rawValue: UInt16) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: SeatNumber, right: SeatNumber) -> Bool { left.rawValue < right.rawValue }
}
