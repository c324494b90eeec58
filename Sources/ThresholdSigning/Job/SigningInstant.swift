/// A moment on a clock that never goes back, in milliseconds from an origin that the shell chooses. Arithmetic
/// saturates.
package struct SigningInstant: Hashable, Comparable, Sendable {
    /// Milliseconds since the origin.
    package let milliseconds: UInt64

    /// Wraps a number of milliseconds since the origin.
    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// The moment this many milliseconds later; at most the last representable one.
    package func adding(milliseconds: UInt64) -> SigningInstant {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return SigningInstant(milliseconds: overflow ? .max : sum)
    }

    package static func < (left: SigningInstant, right: SigningInstant) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
