package import ArgumentParser
import Primitives
import Program
import Simulation

/// `coord-sim sweep`: measures wallets' losses as operators are down, messages are lost, and the number of reserves
/// varies.
package struct SweepCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract:
            "Tabulates lost windows, waiting, messages and bytes over a grid of operators, outages, loss, reserves.")

    @Option(help: ArgumentHelp("Numbers of operators, with commas between.", valueName: "LIST"))
    var operators = "5,10,20"

    @Option(help: ArgumentHelp("How many of them are down.", valueName: "LIST"))
    var down = "0,1,2"

    @Option(help: ArgumentHelp("Messages lost, in percent.", valueName: "LIST"))
    var loss = "0,5,20"

    @Option(help: ArgumentHelp("Operators in reserve behind the leader.", valueName: "LIST"))
    var reserves = "0,2"

    @Option(help: "Windows of each cell, rounded up to whole episodes of 32.")
    var windows = "1000"

    @Option(help: "The seed: equal seeds give equal tables.")
    var seed: UInt64 = 1

    @Option(help: "Episodes that are played at a time.")
    var jobs = 1

    @Flag(help: "Print one JSON object.")
    var json = false

    /// Required by the argument parser.
    package init() {}

    /// Runs the grid and prints its table.
    package func run() async throws {
        let plan = try SweepPlan(
            operators: operators, down: down, loss: loss, reserves: reserves, windows: windows, seed: seed)
        let pool = try EpisodePool(jobs: jobs)
        let rows = try await pool.rows(plan.cells.map { ($0, plan.settings(of: $0)) })
        let report = SweepReport(plan: plan, rows: rows)
        if json { try Output.json(report) } else { try Output.line(report.text) }
    }
}

extension SweepPlan {
    /// The allowed numbers of windows of a cell.
    static let windowRange: ClosedRange<UInt64> = 1...100_000_000

    /// Parses the arguments as the user typed them; the failure names the wrong one.
    init(
        operators: String, down: String, loss: String, reserves: String, windows: String, seed: UInt64
    ) throws(CommandFailure) {
        guard let count = UInt64(windows), !windows.hasPrefix("+"), Self.windowRange.contains(count) else {
            throw .outside(Self.windowRange, .windows, windows, of: "windows")
        }
        self.init(
            operators: try Self.numbers(operators, .operators, in: 1...Cast.mostOperators),
            down: try Self.numbers(down, .down, in: 0...Cast.mostOperators - 1),
            loss: try Self.numbers(loss, .loss, in: 0...100),
            reserves: try Self.numbers(reserves, .reserves, in: 0...2),
            windows: count, seed: seed)
        guard !cells.isEmpty else {
            throw .usage(.down, "nobody is up in any cell", fix: "give fewer operators down than there are operators")
        }
    }

    private static func numbers(
        _ list: String, _ option: UsageReason, in range: ClosedRange<Int>
    ) throws(CommandFailure) -> [Int] {
        var numbers: [Int] = []
        for word in list.split(separator: ",", omittingEmptySubsequences: false) {
            let text = word.drop { $0 == " " }
            guard let number = Int(text), !text.hasPrefix("+"), range.contains(number), !numbers.contains(number) else {
                throw .usage(
                    option, "\"\(text)\" in --\(option) is no number for it, or stands there twice",
                    fix: "give whole numbers from \(range.lowerBound) to \(range.upperBound) with commas between")
            }
            numbers.append(number)
        }
        return numbers
    }
}
