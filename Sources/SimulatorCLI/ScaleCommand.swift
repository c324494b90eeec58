package import ArgumentParser
import Coordination
import Foundation
import Primitives
import Program
import Simulation

/// `coord-sim scale`: the cost of a window for 10,000 operators in 1,000 wallets, by full mesh and by gossip, computed
/// from measured messages (docs/scale.md).
package struct ScaleCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract:
            "Measures messages and bytes at 5, 10, 20 and 30 operators and computes them for 10,000 in 1,000 wallets."
    )

    /// The allowed numbers of windows of a run.
    static let windowRange: ClosedRange<UInt64> = 1...1_000_000

    @Option(help: "Windows of each run that is measured, rounded up to whole episodes of 32.")
    var windows: UInt64 = 256

    @Option(help: "The seed: equal seeds give equal figures.")
    var seed: UInt64 = 1

    @Option(help: "Episodes that are played at a time.")
    var jobs = 1

    @Option(help: ArgumentHelp("Also draw the plot of docs/scale.md.", valueName: "FILE"))
    var svg: String?

    /// Required by the argument parser.
    package init() {}

    /// Measures, computes and prints.
    package func run() async throws {
        let (plan, pool, file) = try settled()
        let rows = try await pool.rows(plan.cells.map { ($0, plan.settings(of: $0)) })
        // The largest size is left out of the measurement, to check how well the model predicts it.
        let model = ScaleModel(Array(rows.dropLast()))
        try Output.line(Self.text(model, rows: rows, seed: seed))
        try file?.write(Data(ScalePlot(model, rows: rows).svg.utf8))
    }

    /// Parses every argument before anything is run.
    func settled() throws(CommandFailure) -> (plan: SweepPlan, pool: EpisodePool, file: ResultFile?) {
        guard Self.windowRange.contains(windows) else {
            throw .outside(Self.windowRange, .windows, windows, of: "windows")
        }
        let plan = SweepPlan(
            operators: [5, 10, 20, 30], down: [0], loss: [0], reserves: [2], windows: windows, seed: seed)
        let file = try svg.map { path throws(CommandFailure) in try ResultFile(path, option: .svg) }
        return (plan, try EpisodePool(jobs: jobs), file)
    }

    private static func text(_ model: ScaleModel, rows: [SweepRow], seed: UInt64) -> String {
        var kinds = TextTable([("kind", .left), ("factor", .right), ("bytes", .right), ("bytes an entry", .right)])
        for measure in model.measures {
            kinds.add([
                measure.kind.name, String(format: "%.3f", measure.factor), String(format: "%.0f", measure.fixed),
                String(format: "%.1f", measure.each),
            ])
        }
        var fit = TextTable([
            ("operators", .right), ("messages", .right), ("computed", .right), ("bytes", .right), ("computed", .right),
        ])
        for row in rows {
            let n = Double(row.cell.operators)
            let opened = Double(row.traffic[kind: .status].messages) / ScaleModel.shape(.status, n)
            let whole = [model.wallet(n, .mesh), model.direct(.status, operators: n)]
            fit.add([
                String(row.cell.operators), String(format: "%.0f", Double(row.messages) / opened),
                String(format: "%.0f", whole.reduce(0) { $0 + $1.messages }),
                String(format: "%.0f", Double(row.bytes) / opened),
                String(format: "%.0f", whole.reduce(0) { $0 + $1.bytes }),
            ])
        }
        let network = ScaleModel.Network()
        var ways = TextTable([
            ("way", .left), ("a wallet of 100: messages", .right), ("bytes", .right), ("all: messages", .right),
            ("bytes", .right), ("bytes an operator", .right),
        ])
        for (way, name) in ScalePlot.names {
            let (wallet, all) = (model.wallet(network.seats, way), network.cost(model, way))
            ways.add([
                name, String(format: "%.0f", wallet.messages), String(format: "%.0f", wallet.bytes),
                String(format: "%.3g", all.messages), String(format: "%.3g", all.bytes),
                String(format: "%.0f", all.bytes / network.operators),
            ])
        }
        let status = model.status(peers: network.peers)
        return """
            measured without faults, seed \(seed): messages for each unit of the kind's shape, and their length
            \(kinds.text)

            each window of one wallet, measured and computed; the largest is not among what the model is made from
            \(fit.text)

            computed: 10,000 operators, 1,000 wallets of 100; an operator has \(String(format: "%.0f", network.peers)) peers
            and sends them \(String(format: "%.0f", status.bytes)) bytes of statuses a window, which a wallet's do not count
            \(ways.text)
            """
    }
}
