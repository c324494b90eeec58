/// A grid of runs that varies operators, outages, loss and reserves. It measures how many windows are lost, and how
/// long wallets wait.
package struct SweepPlan: Hashable, Sendable {
    package var operators: [Int]
    /// Operators whose process never runs.
    package var down: [Int]
    /// Messages lost, in percent.
    package var loss: [Int]
    /// Operators in reserve behind a window's leader.
    package var reserves: [Int]
    /// The least number of windows of a cell.
    package var windows: UInt64
    package var seed: UInt64

    /// Describes a grid.
    package init(operators: [Int], down: [Int], loss: [Int], reserves: [Int], windows: UInt64, seed: UInt64) {
        self.operators = operators
        self.down = down
        self.loss = loss
        self.reserves = reserves
        self.windows = windows
        self.seed = seed
    }

    /// One cell of the grid.
    package struct Cell: Hashable, Sendable {
        package let operators: Int
        package let down: Int
        package let loss: Int
        package let reserves: Int
    }

    /// The cells, ordered by operators first, reserves last. A combination with more operators down than there are is
    /// left out.
    package var cells: [Cell] {
        operators.flatMap { operators in
            down.filter { $0 < operators }.flatMap { down in
                loss.flatMap { loss in
                    reserves.map { Cell(operators: operators, down: down, loss: loss, reserves: $0) }
                }
            }
        }
    }

    /// The run of a cell: the same seed everywhere, no other faults, and no healing at the end.
    package func settings(of cell: Cell) -> SimulationRun.Settings {
        var settings = SimulationRun.Settings()
        settings.operators = cell.operators
        settings.threshold = cell.operators / 2 + 1
        settings.operatorsDown = cell.down
        settings.reserveLeaders = UInt64(cell.reserves)
        settings.loss = UInt64(cell.loss) * 10
        settings.windows = windows
        settings.seed = seed
        settings.faults = []
        settings.episodeWindows = 32
        settings.healedWindows = 0
        return settings
    }
}
