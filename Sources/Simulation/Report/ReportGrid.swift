/// Short runs without faults that a report compares: operators down, with and without reserves; and growing numbers of
/// operators.
package struct ReportGrid: Hashable, Sendable {
    /// From none to 4 of 10 operators down, without reserves and with 2.
    package static func loss(seed: UInt64, windows: UInt64) -> SweepPlan {
        SweepPlan(operators: [10], down: [0, 1, 2, 3, 4], loss: [0], reserves: [0, 2], windows: windows, seed: seed)
    }

    /// From 3 to 20 operators, all up. Their traffic hardly varies, so an eighth of the windows is enough.
    package static func cost(seed: UInt64, windows: UInt64) -> SweepPlan {
        SweepPlan(
            operators: [3, 5, 7, 10, 15, 20], down: [0], loss: [0], reserves: [2], windows: max(1, windows / 8),
            seed: seed)
    }

    package let loss: [SweepRow]
    package let cost: [SweepRow]

    /// Takes the results of the runs.
    package init(loss: [SweepRow], cost: [SweepRow]) {
        self.loss = loss
        self.cost = cost
    }
}

extension SweepPlan.Cell {
    /// The share of windows that the law expects to be lost. A window is lost when all allowed proposers are down
    /// (`1 + reserves` of the operators are drawn), or when too few operators are left to agree.
    package var expectedLoss: Double {
        guard operators - down >= operators / 2 + 1 else { return 1 }
        var chance = 1.0
        for place in 0..<min(operators, 1 + reserves) {
            chance *= Double(max(0, down - place)) / Double(operators - place)
        }
        return chance
    }
}
