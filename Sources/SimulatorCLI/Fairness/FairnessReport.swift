import Foundation
import Primitives
import Program
import Simulation

/// The answer of `coord-sim fairness` (schema 1, docs/cli.md): the same plan gives the same bytes.
struct FairnessReport: Encodable {
    let schema = 1
    let windows: Int
    let operators: [Int]
    let seed: UInt64
    let threshold: Double
    let passed: Bool
    let tests: [Finding]

    /// The result of one test on one configuration.
    struct Finding: Encodable {
        let finding: FairnessFinding

        private enum CodingKeys: String, CodingKey {
            case test, operators, seats, bound, statistic, degrees, p, log10p, verdict, detail
        }

        // Every field is present, null where it does not apply or is an infinite logarithm.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(finding.test.rawValue, forKey: .test)
            try container.encode(finding.operators, forKey: .operators)
            try container.encode(finding.seats?.rawValue, forKey: .seats)
            try container.encode(finding.bound.map(String.init), forKey: .bound)
            try container.encode(finding.statistic, forKey: .statistic)
            try container.encode(finding.degrees, forKey: .degrees)
            try container.encode(finding.p?.value, forKey: .p)
            try container.encode(finding.p.flatMap { $0.log10.isFinite ? $0.log10 : nil }, forKey: .log10p)
            try container.encode(finding.verdict.rawValue, forKey: .verdict)
            try container.encode(finding.detail, forKey: .detail)
        }
    }

    /// Takes the findings of a run.
    init(plan: FairnessPlan, findings: [FairnessFinding]) {
        windows = plan.windows
        operators = plan.operators
        seed = plan.seed
        threshold = FairnessFinding.threshold.value
        tests = findings.map { Finding(finding: $0) }
        passed = !findings.contains { $0.verdict == .fail }
    }

    /// The report as text.
    var text: String {
        var table = TextTable([
            ("operators", .right), ("seats", .left), ("test", .left), ("statistic", .right), ("df", .right),
            ("p", .right), ("verdict", .left), ("seen", .left),
        ])
        var last: Int??
        for finding in tests.map(\.finding) {
            if last != finding.operators { table.addGap() }
            last = finding.operators
            table.add([
                finding.operators.map(String.init) ?? "", finding.seats?.rawValue ?? "", Self.name(of: finding),
                String(format: "%.2f", finding.statistic), finding.degrees.map(String.init) ?? "",
                finding.p.map(Self.text) ?? "", Self.word(for: finding.verdict), finding.detail,
            ])
        }
        return """
            fairness of the election: \(windows) windows a configuration, seed \(seed), a test fails below p = 1e-9

            \(table.text)

            \(summary)
            """
    }

    /// Ends the command with its exit code where a test failed.
    func requireFair() throws(CommandFailure) {
        let failed = tests.map(\.finding).filter { $0.verdict == .fail }
        guard let first = failed.first else { return }
        throw CommandFailure(
            .fairnessUnfair,
            cause: "\(failed.count) of \(tests.count) tests failed, the first \(Self.name(of: first))"
                + (first.operators.map { " with \($0) operators" } ?? ""),
            fix: "run again with another --seed; if it fails again the election is wrong: report it with this table")
    }

    private var summary: String {
        let verdicts = tests.map(\.finding.verdict)
        let smallest = tests.compactMap(\.finding.p).min() ?? .certain
        func count(_ verdict: FairnessFinding.Verdict) -> Int { verdicts.count { $0 == verdict } }
        return
            "\(tests.count) tests: \(count(.pass)) pass, \(count(.fail)) fail, \(count(.tooFew)) have too few windows;"
            + " the smallest p is \(Self.text(smallest))"
    }

    private static func name(of finding: FairnessFinding) -> String {
        let name = finding.test.rawValue.replacingOccurrences(of: "_", with: " ")
        return finding.bound.map { "\(name) \($0)" } ?? name
    }

    private static func word(for verdict: FairnessFinding.Verdict) -> String {
        switch verdict {
        case .pass: "pass"
        case .fail: "FAIL"
        case .tooFew: "too few windows"
        }
    }

    /// Formats p with four decimal places, or as a power of ten where those would all be 0.
    private static func text(_ p: PValue) -> String {
        guard p.log10.isFinite else { return "0" }
        guard p.log10 < -3 else { return String(format: "%.4f", p.value) }
        let exponent = p.log10.rounded(.down)
        return String(format: "%.1fe%.0f", pow(10, p.log10 - exponent), exponent)
    }
}
