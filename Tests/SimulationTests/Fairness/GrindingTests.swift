import Testing

@testable import Simulation

@Suite("Grinding")
struct GrindingTests {
    @Test("What is counted on the real election is what the formula says", arguments: [2, 3, 10])
    func measured(operators: Int) throws {
        let plan = FairnessPlan(windows: 4_096, operators: [operators], seed: 1)
        let rows = GrindingAnalysis(plan: plan).rows()
        #expect(rows.count == GrindingGoal.allCases.count * (1 + GrindingAnalysis.hashes.count))
        for row in rows {
            // Six standard deviations, and a half for those that are all but certain.
            let deviation = (row.exact * (1 - row.exact) / Double(row.windows)).squareRoot()
            #expect(abs(row.measured - row.exact) <= 6 * deviation + 0.5 / Double(row.windows), "\(row)")
            guard let exact = row.exactWithheld else { continue }
            let counted = try #require(row.measuredWithheld)
            #expect(abs(counted - exact) <= 6 * (exact * (1 - exact) / Double(row.windows)).squareRoot(), "\(row)")
        }
    }

    @Test("The formula's figures are those of a hand calculation")
    func exact() throws {
        let rows = GrindingAnalysis(plan: FairnessPlan(windows: 1_000, operators: [10], seed: 1)).rows()
        func exact(_ power: GrindingPower, _ goal: GrindingGoal) throws -> Double {
            try #require(rows.first { $0.power == power && $0.goal == goal }).exact
        }
        // 1/10, 1 - 0.9^2, 1 - 0.9^4, 1 - 0.8^2, 1/16, 1 - 1/16^2.
        #expect(abs(try exact(.builder(hashes: 1), .lead) - 0.1) < 1e-12)
        #expect(abs(try exact(.builder(hashes: 2), .lead) - 0.19) < 1e-12)
        #expect(abs(try exact(.withholding, .lead) - 0.19) < 1e-12)
        #expect(abs(try exact(.builder(hashes: 4), .lead) - 0.3439) < 1e-12)
        #expect(abs(try exact(.builder(hashes: 2), .reserve) - 0.36) < 1e-12)
        #expect(abs(try exact(.builder(hashes: 1), .heartbeat) - 0.0625) < 1e-12)
        #expect(abs(try exact(.withholding, .noHeartbeat) - 0.99609375) < 1e-12)
    }
}
