import Foundation
import Simulation

/// The answer of `coord-sim fairness --grinding` (schema 1, docs/cli.md): the same plan gives the same bytes.
struct GrindingReport: Encodable {
    let schema = 1
    let hashes: Int
    let operators: [Int]
    let seed: UInt64
    let rows: [Row]

    /// The gain of one power for one goal.
    struct Row: Encodable {
        let row: GrindingRow

        private enum CodingKeys: String, CodingKey {
            case operators, power, hashes, goal, exact, measured, windows, exactWithheld, measuredWithheld
        }

        // Every field is present, null where it does not apply.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(row.operators, forKey: .operators)
            switch row.power {
            case .builder(let hashes):
                try container.encode("builder", forKey: .power)
                try container.encode(hashes, forKey: .hashes)
            case .withholding:
                try container.encode("withholding", forKey: .power)
                try container.encodeNil(forKey: .hashes)
            }
            try container.encode(row.goal.rawValue, forKey: .goal)
            try container.encode(row.exact, forKey: .exact)
            try container.encode(row.measured, forKey: .measured)
            try container.encode(row.windows, forKey: .windows)
            try container.encode(row.exactWithheld, forKey: .exactWithheld)
            try container.encode(row.measuredWithheld, forKey: .measuredWithheld)
        }
    }

    /// Takes the rows of an analysis.
    init(plan: FairnessPlan, rows: [GrindingRow]) {
        hashes = plan.windows
        operators = plan.operators
        seed = plan.seed
        self.rows = rows.map { Row(row: $0) }
    }

    /// The report as text: a table of the gains, and one of the costs of withholding.
    var text: String {
        """
        what picking among block hashes gains: \(hashes) hashes tried for each number of operators, seed \(seed)
        percent of windows, by the formula | as counted on the real election

        \(gains.text)

        blocks withheld in 100 windows where the proposer may withhold one, by the formula | as counted

        \(costs.text)
        """
    }

    private var gains: TextTable {
        var table = TextTable([("operators", .right), ("power", .left), ("windows", .right)] + Self.goalColumns)
        for operators in operators {
            table.addGap()
            for power in GrindingPower.everyone {
                let found = rows.map(\.row).filter { $0.operators == operators && $0.power == power }
                table.add(
                    [String(operators), power.text, String(found.first?.windows ?? 0)]
                        + GrindingGoal.allCases.map { goal in
                            found.first { $0.goal == goal }.map { Self.pair($0.exact, $0.measured) } ?? ""
                        })
            }
        }
        return table
    }

    private var costs: TextTable {
        var table = TextTable([("operators", .right)] + Self.goalColumns)
        for operators in operators {
            let found = rows.map(\.row).filter { $0.operators == operators && $0.power == .withholding }
            table.add(
                [String(operators)]
                    + GrindingGoal.allCases.map { goal in
                        found.first { $0.goal == goal }.map {
                            Self.pair($0.exactWithheld ?? 0, $0.measuredWithheld ?? 0)
                        } ?? ""
                    })
        }
        return table
    }

    private static var goalColumns: [(name: String, side: TextTable.Side)] {
        GrindingGoal.allCases.map { goal in
            switch goal {
            case .lead: ("leads", .right)
            case .reserve: ("is a reserve", .right)
            case .heartbeat: ("heartbeat", .right)
            case .noHeartbeat: ("no heartbeat", .right)
            }
        }
    }

    private static func pair(_ exact: Double, _ measured: Double) -> String {
        String(format: "%.2f | %.2f", exact * 100, measured * 100)
    }
}

extension GrindingPower {
    /// All powers: first that of a single hash, which gives no advantage, then the others from the smallest on.
    fileprivate static var everyone: [GrindingPower] {
        [.builder(hashes: 1), .withholding]
            + GrindingAnalysis.hashes.filter { $0 > 1 }.map { .builder(hashes: $0) }
    }

    fileprivate var text: String {
        switch self {
        case .builder(hashes: 1): "none"
        case .builder(let hashes): "tries \(hashes) hashes"
        case .withholding: "withholds a block"
        }
    }
}
