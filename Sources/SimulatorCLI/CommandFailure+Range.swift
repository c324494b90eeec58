import Primitives
import Program

extension CommandFailure {
    /// The failure of a number outside an option's range; the text gives the range.
    static func outside<Number: FixedWidthInteger>(
        _ range: ClosedRange<Number>, _ option: UsageReason, _ value: some CustomStringConvertible, of things: String
    ) -> CommandFailure {
        .usage(
            option, "--\(option) \(value) is no number of \(things)",
            fix: "give a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
}
