package import ArgumentParser
import Foundation
import Primitives
import Program
import Simulation

/// `coord-sim fairness`: tests the fairness of the election, and measures the gain from picking among block hashes.
package struct FairnessCommand: ParsableCommand {

    package static let configuration = CommandConfiguration(
        commandName: "fairness",
        abstract: "Tests the election's fairness over many windows, on the code that the node runs. Needs no node.")

    @Option(help: ArgumentHelp("How many windows each configuration has.", valueName: "N"))
    var windows = "1000000"

    @Option(help: ArgumentHelp("The numbers of operators, with commas between.", valueName: "LIST"))
    var operators = FairnessPlan.defaultOperators.map(String.init).joined(separator: ",")

    @Option(
        help: ArgumentHelp(
            "What the chain and the wallets are made from: equal seeds, equal figures.", valueName: "N|random"))
    var seed = "1"

    @Flag(help: "Instead of testing, tabulate what withholding a block or trying hashes gains.")
    var grinding = false

    @Flag(help: "Print one JSON object.")
    var json = false

    /// Required by the argument parser.
    package init() {}

    /// Tests or tabulates, and prints the result.
    package func run() throws {
        let plan = try FairnessPlan(windows: windows, operators: operators, seed: seed)
        var progress = ProgressLine(elections: grinding ? nil : plan.elections)
        if grinding {
            let report = GrindingReport(plan: plan, rows: GrindingAnalysis(plan: plan).rows { progress.show($0) })
            try show(report, report.text)
            return
        }
        let report = FairnessReport(plan: plan, findings: FairnessRun.ofProtocol(plan) { progress.show($0) })
        try show(report, report.text)
        try report.requireFair()
    }

    private func show(_ report: some Encodable, _ text: String) throws {
        if json { try Output.json(report) } else { try Output.line(text) }
    }
}

extension FairnessPlan {
    /// Parses the arguments as the user typed them; the failure names the wrong one.
    init(windows: String, operators: String, seed: String) throws(CommandFailure) {
        guard let count = Int(windows), !windows.hasPrefix("+"), Self.windowRange.contains(count) else {
            throw .outside(Self.windowRange, .windows, windows, of: "windows")
        }
        var numbers: [Int] = []
        for word in operators.split(separator: ",", omittingEmptySubsequences: false) {
            let text = word.trimmingCharacters(in: .whitespaces)
            guard let number = Int(text), !text.hasPrefix("+"), Self.operatorRange.contains(number) else {
                throw .usage(
                    .operators, "\"\(text)\" in --operators is no number of operators",
                    fix: "give whole numbers from \(Self.operatorRange.lowerBound) to \(Self.operatorRange.upperBound)"
                        + " with commas between")
            }
            guard !numbers.contains(number) else {
                throw .usage(.operators, "--operators names \(number) twice", fix: "name it once")
            }
            numbers.append(number)
        }
        self.init(windows: count, operators: numbers, seed: try SeedArgument.value(seed))
    }
}
