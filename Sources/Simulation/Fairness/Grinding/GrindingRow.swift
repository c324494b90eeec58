/// An attacker's power over a block's hash.
package enum GrindingPower: Hashable, Sendable {
    /// Builds the safe block and can try this many hashes; one hash is every builder's normal share.
    case builder(hashes: Int)
    /// Proposes the safe block and can withhold it; the next proposer's block then takes its number.
    case withholding
}

/// The gain of one power for one goal: by the formula, and counted on the real election.
package struct GrindingRow: Hashable, Sendable {
    package let operators: Int
    package let power: GrindingPower
    package let goal: GrindingGoal
    /// The share of windows that meet the goal, by the formula.
    package let exact: Double
    /// The same share, counted.
    package let measured: Double
    /// The number of counted windows.
    package let windows: Int
    /// The blocks withheld a window, by the formula; nil for a builder, which withholds no blocks.
    package let exactWithheld: Double?
    /// The same number, counted.
    package let measuredWithheld: Double?
}
