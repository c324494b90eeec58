import Foundation
import Program
import Simulation
import Testing

@testable import SimulatorCLI

@Suite struct FairnessCommandTests {
    @Test(
        "Every usage error is exit 3",
        arguments: [
            ["fairness", "--nonsense"], ["fairness", "extra"], ["fairness", "--windows"],
            ["fairness", "--windows", "999"], ["fairness", "--windows", "-5000"], ["fairness", "--windows", "+5000"],
            ["fairness", "--windows", "1e6"], ["fairness", "--windows", "4000000001"], ["fairness", "--windows", ""],
            ["fairness", "--operators", ""], ["fairness", "--operators", "1"], ["fairness", "--operators", "129"],
            ["fairness", "--operators", "3,,7"], ["fairness", "--operators", "3,3"],
            ["fairness", "--operators", "three"], ["fairness", "--operators", "-3"],
            ["fairness", "--seed", "-1"], ["fairness", "--seed", "18446744073709551616"],
            ["fairness", "--seed", "Random"], ["fairness", "--seed", ""], ["fairness", "--grinding", "--windows", "0"],
        ])
    func usage(line: [String]) async {
        #expect(await SimulatorCommand.main(arguments: line) == 3)
    }

    @Test("A wrong value is named with its option")
    func named() throws {
        let failure = try #require(throws: CommandFailure.self) {
            try FairnessPlan(windows: "1000", operators: "3, x,7", seed: "1")
        }
        #expect(failure.reason == "operators")
        #expect(failure.cause.contains("\"x\" in --operators"))
    }

    @Test("A fair run, its tables and help are exit 0")
    func fine() async {
        let few = ["--windows", "1000", "--operators", "2, 3", "--seed", "18446744073709551615"]
        #expect(await SimulatorCommand.main(arguments: ["fairness"] + few) == 0)
        #expect(await SimulatorCommand.main(arguments: ["fairness", "--grinding"] + few) == 0)
        #expect(await SimulatorCommand.main(arguments: ["fairness", "--help"]) == 0)
    }

    @Test("A random seed is drawn anew and told")
    func random() throws {
        let plans = try (0..<2).map { _ in try FairnessPlan(windows: "1000", operators: "2", seed: "random") }
        #expect(plans[0].seed != plans[1].seed)
        let report = FairnessReport(plan: plans[0], findings: [])
        #expect(report.text.contains("seed \(plans[0].seed),"))
    }

    private static let plan = FairnessPlan(windows: 1_000, operators: [7], seed: 1)
    private static let findings = [
        FairnessFinding(
            .leaders, operators: 7, seats: .equal, statistic: 5.5, degrees: 6, p: PValue(log10: -0.5), detail: "a"),
        FairnessFinding(
            .permutation, operators: 7, seats: .equal, statistic: 3, p: .impossible, detail: "3 of 1024 differ"),
        FairnessFinding(
            .heartbeat, operators: 7, seats: .unequal, statistic: 700.25, degrees: 6, p: PValue(log10: -120.5),
            detail: "b"),
        FairnessFinding(.below, bound: .max, statistic: 1, degrees: 95, p: nil, detail: "c"),
    ]

    @Test("A failed test is exit 10, a pass or too few windows is not")
    func unfair() throws {
        let report = FairnessReport(plan: Self.plan, findings: Self.findings)
        #expect(!report.passed)
        let failure = try #require(throws: CommandFailure.self) { try report.requireFair() }
        #expect(failure.exitCode == 10)
        #expect(failure.cause == "2 of 4 tests failed, the first permutation with 7 operators")
        let fair = FairnessReport(plan: Self.plan, findings: [Self.findings[0], Self.findings[3]])
        #expect(fair.passed)
        #expect(throws: Never.self) { try fair.requireFair() }
    }

    @Test("The JSON has every field, null where it says nothing")
    func json() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(
            decoding: try encoder.encode(FairnessReport(plan: Self.plan, findings: Self.findings)), as: UTF8.self)
        #expect(text.hasPrefix(#"{"operators":[7],"passed":false,"schema":1,"seed":1,"tests":["#))
        #expect(
            text.contains(
                #"{"bound":null,"degrees":null,"detail":"3 of 1024 differ","log10p":null,"operators":7,"p":0,"#
                    + #""seats":"equal","statistic":3,"test":"permutation","verdict":"fail"}"#))
        #expect(
            text.contains(
                #"{"bound":"18446744073709551615","degrees":95,"detail":"c","log10p":null,"operators":null,"#
                    + #""p":null,"seats":null,"statistic":1,"test":"below","verdict":"too_few"}"#))
        #expect(text.contains(#""log10p":-120.5"#))
        #expect(text.hasSuffix(#""windows":1000}"#))
    }

    @Test("The table stands in columns and says each verdict")
    func table() throws {
        let lines = FairnessReport(plan: Self.plan, findings: Self.findings).text.split(separator: "\n").map(
            String.init)
        #expect(
            lines[0] == "fairness of the election: 1000 windows a configuration, seed 1, a test fails below p = 1e-9")
        #expect(
            lines[1] == "operators  seats    test                        statistic  df         p  verdict          seen"
        )
        #expect(
            lines[2] == "        7  equal    leaders                          5.50   6    0.3162  pass             a")
        #expect(
            lines[3]
                == "        7  equal    permutation                      3.00             0  FAIL             3 of 1024 differ"
        )
        #expect(
            lines[4] == "        7  unequal  heartbeat                      700.25   6  3.2e-121  FAIL             b")
        #expect(
            lines[5] == "                    below 18446744073709551615       1.00  95            too few windows  c")
        #expect(lines[6] == "4 tests: 1 pass, 2 fail, 1 have too few windows; the smallest p is 0")
    }

    @Test("The grinding tables have a line for every power and number of operators")
    func grinding() throws {
        let report = GrindingReport(plan: Self.plan, rows: GrindingAnalysis(plan: Self.plan).rows())
        let lines = report.text.split(separator: "\n").map(String.init)
        #expect(lines.count == 2 + 1 + 6 + 1 + 1 + 1)
        #expect(lines[3].contains("none"))
        #expect(lines[3].contains("14.29 | "))
        #expect(lines[4].contains("withholds a block"))
        #expect(lines[4].contains("26.53 | "))
        #expect(lines[8].contains("tries 256 hashes"))
        let encoded = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report)) as? [String: Any]
        let rows = try #require(encoded?["rows"] as? [[String: Any]])
        #expect(rows.count == 24)
        #expect(rows.allSatisfy { $0.count == 9 })
    }
}
