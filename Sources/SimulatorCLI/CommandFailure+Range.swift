import Primitives
import Program

extension CommandFailure {
    /// A number that an option does not take: the range says which it does.
    static func outside<Number: FixedWidthInteger>(
        _ range: ClosedRange<Number>, _ option: UsageReason, _ value: some CustomStringConvertible, of things: String
    ) -> CommandFailure {
        .usage(
            option, "--\(option) \(value) is no number of \(things)",
            fix: "give a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
}
