import Foundation
import Simulation

/// The answer of `coord-sim sweep` (schema 1, docs/cli.md): the same plan gives the same bytes.
struct SweepReport: Encodable {
    let schema = 1
    let windows: UInt64
    let seed: UInt64
    let cells: [Cell]

    /// The results of one cell.
    struct Cell: Encodable {
        let row: SweepRow

        private enum CodingKeys: String, CodingKey {
            case operators, down, lossPercent, reserves, windows, lost, lostShare, lostLow, lostHigh, waitMean, waitP99
            case gapMean, gapP99, messagesPerWindow, bytesPerWindow
        }

        // Every field is present, null where no window was agreed.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(row.cell.operators, forKey: .operators)
            try container.encode(row.cell.down, forKey: .down)
            try container.encode(row.cell.loss, forKey: .lossPercent)
            try container.encode(row.cell.reserves, forKey: .reserves)
            try container.encode(row.windows, forKey: .windows)
            try container.encode(row.lost, forKey: .lost)
            try container.encode(row.lostShare, forKey: .lostShare)
            try container.encode(row.lostInterval?.lowerBound, forKey: .lostLow)
            try container.encode(row.lostInterval?.upperBound, forKey: .lostHigh)
            try container.encode(row.waits.waits.meanValue, forKey: .waitMean)
            try container.encode(row.waits.waits.percentile(99), forKey: .waitP99)
            try container.encode(row.waits.gaps.meanValue.map { $0 * Double(SweepRow.frequency) }, forKey: .gapMean)
            try container.encode(row.waits.gaps.percentile(99).map { $0 * SweepRow.frequency }, forKey: .gapP99)
            try container.encode(row.messagesPerWindow, forKey: .messagesPerWindow)
            try container.encode(row.bytesPerWindow, forKey: .bytesPerWindow)
        }
    }

    /// Takes the rows of a sweep.
    init(plan: SweepPlan, rows: [SweepRow]) {
        windows = plan.windows
        seed = plan.seed
        cells = rows.map { Cell(row: $0) }
    }

    /// The report as text.
    var text: String {
        var table = TextTable([
            ("operators", .right), ("down", .right), ("loss %", .right), ("reserves", .right), ("windows", .right),
            ("lost", .right), ("lost %", .right), ("95 %", .left), ("wait", .right), ("p99", .right), ("gap", .right),
            ("p99", .right), ("messages", .right), ("bytes", .right),
        ])
        var last: Int?
        for row in cells.map(\.row) {
            if last != row.cell.operators { table.addGap() }
            last = row.cell.operators
            table.add([
                String(row.cell.operators), String(row.cell.down), String(row.cell.loss), String(row.cell.reserves),
                String(row.windows), String(row.lost), Self.text(row.lostShare.map { $0 * 100 }, digits: 2),
                row.lostInterval.map {
                    String(format: "%.2f to %.2f", $0.lowerBound * 100, $0.upperBound * 100)
                } ?? "",
                Self.text(row.waits.waits.meanValue, digits: 2), row.waits.waits.percentile(99).map(String.init) ?? "",
                Self.text(row.waits.gaps.meanValue.map { $0 * Double(SweepRow.frequency) }, digits: 1),
                row.waits.gaps.percentile(99).map { String($0 * SweepRow.frequency) } ?? "",
                Self.text(row.messagesPerWindow, digits: 0), Self.text(row.bytesPerWindow, digits: 0),
            ])
        }
        return """
            what a wallet loses: seed \(seed), a window every \(SweepRow.frequency) blocks
            wait: blocks from a window's start until enough have accepted; gap: blocks from one agreed window to the next;
            messages and bytes: put on links, for each window

            \(table.text)
            """
    }

    private static func text(_ value: Double?, digits: Int) -> String {
        value.map { String(format: "%.\(digits)f", $0) } ?? ""
    }
}
