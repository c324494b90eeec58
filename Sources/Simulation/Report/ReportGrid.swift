/// Short runs without faults that a report compares: operators down, with and without reserves; and ever more operators.
package struct ReportGrid: Hashable, Sendable {
    /// One of the runs.
    package struct Cell: Hashable, Sendable {
        package let operators: Int
        package let operatorsDown: Int
        package let reserveLeaders: UInt64
        package let windows: UInt64
        package let lost: UInt64
        package let messages: UInt64
        package let bytes: UInt64

        /// Tells what came of a run.
        package init(_ run: SimulationRun) {
            self.init(
                operators: run.settings.operators, operatorsDown: run.settings.operatorsDown,
                reserveLeaders: run.settings.reserveLeaders, windows: run.sums.windows, lost: run.sums.lost,
                messages: run.sums.messages, bytes: run.sums.bytes)
        }

        /// Takes the figures.
        package init(
            operators: Int, operatorsDown: Int, reserveLeaders: UInt64, windows: UInt64, lost: UInt64,
            messages: UInt64, bytes: UInt64
        ) {
            self.operators = operators
            self.operatorsDown = operatorsDown
            self.reserveLeaders = reserveLeaders
            self.windows = windows
            self.lost = lost
            self.messages = messages
            self.bytes = bytes
        }

        /// The share of windows that the law loses: nobody who may propose is up, when `1 + reserves` of the operators
        /// are drawn and the others must still suffice to sign.
        package var expectedLoss: Double {
            guard operators - operatorsDown >= operators / 2 + 1 else { return 1 }
            var chance = 1.0
            for place in 0..<min(operators, 1 + Int(reserveLeaders)) {
                chance *= Double(max(0, operatorsDown - place)) / Double(operators - place)
            }
            return chance
        }
    }

    package var loss: [Cell] = []
    package var cost: [Cell] = []

    /// Makes one without runs.
    package init() {}

    /// The runs for the loss of windows: up to 2 of 5 operators down, without reserves and with 2.
    package static func lossSettings(seed: UInt64, windows: UInt64) -> [SimulationRun.Settings] {
        [0, 2].flatMap { reserves in
            (0...2).map { down in
                var settings = plain(operators: 5, seed: seed, windows: windows)
                settings.operatorsDown = down
                settings.reserveLeaders = reserves
                return settings
            }
        }
    }

    /// The runs for the cost: from 3 to 20 operators, all up.
    package static func costSettings(seed: UInt64, windows: UInt64) -> [SimulationRun.Settings] {
        [3, 5, 7, 10, 15, 20].map { plain(operators: $0, seed: seed, windows: windows) }
    }

    private static func plain(operators: Int, seed: UInt64, windows: UInt64) -> SimulationRun.Settings {
        var settings = SimulationRun.Settings()
        settings.operators = operators
        settings.threshold = operators / 2 + 1
        settings.seed = seed
        settings.windows = windows
        settings.faults = []
        return settings
    }
}
