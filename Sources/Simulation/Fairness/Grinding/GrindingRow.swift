/// What somebody can do about a block's hash.
package enum GrindingPower: Hashable, Sendable {
    /// Builds the safe block and can try that many hashes; one is everybody's share.
    case builder(hashes: Int)
    /// Proposes the safe block and can withhold it; the next proposer's block then takes its number.
    case withholding
}

/// What one power gains for one goal: by the formula, and counted on the real election.
package struct GrindingRow: Hashable, Sendable {
    package let operators: Int
    package let power: GrindingPower
    package let goal: GrindingGoal
    /// The share of windows that fulfil the goal, by the formula.
    package let exact: Double
    /// The same as counted.
    package let measured: Double
    /// How many windows were counted.
    package let windows: Int
    /// The blocks given up a window, by the formula; nil for a builder, who gives up none.
    package let exactWithheld: Double?
    /// The same as counted.
    package let measuredWithheld: Double?
}
