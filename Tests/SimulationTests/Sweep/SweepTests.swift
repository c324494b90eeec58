import Testing

@testable import Simulation

@Suite("Sweep")
struct SweepTests {
    @Test("A wallet loses the windows of the operators that are down, and none where reserves stand behind the leader")
    func reserves() throws {
        let plan = SweepPlan(operators: [5], down: [1], loss: [0], reserves: [0, 2], windows: 64, seed: 1)
        let rows = try plan.cells.map { cell in
            var row = SweepRow(cell)
            let run = try SimulationRun(settings: plan.settings(of: cell))
            for episode in 0..<run.settings.episodes {
                let result = run.playing(episode)
                #expect(result.violation == nil)
                row.add(result)
            }
            return row
        }
        #expect(rows[0].windows >= 64)
        // Every fifth window is led by the one that is down.
        let alone = try #require(rows[0].lostInterval)
        #expect(alone.contains(0.2))
        #expect(alone.lowerBound > 0.05)
        #expect(rows[1].lost == 0)
        #expect(rows[1].waits.waits.meanValue ?? 0 > rows[0].waits.waits.meanValue ?? 0)
    }

    @Test("The grid has every place once, and none in which nobody is up")
    func cells() {
        let plan = SweepPlan(operators: [1, 5], down: [0, 1], loss: [0, 5], reserves: [0, 2], windows: 1, seed: 1)
        #expect(plan.cells.count == 4 + 8)
        #expect(Set(plan.cells).count == plan.cells.count)
        #expect(plan.cells.allSatisfy { $0.down < $0.operators })
        #expect(plan.cells.first == SweepPlan.Cell(operators: 1, down: 0, loss: 0, reserves: 0))
    }

    @Test("A cell's run has its operators down, its loss and its reserves, and no other fault")
    func settings() {
        let plan = SweepPlan(operators: [20], down: [2], loss: [5], reserves: [1], windows: 100, seed: 6)
        let settings = plan.settings(of: plan.cells[0])
        #expect((settings.operators, settings.threshold, settings.operatorsDown) == (20, 11, 2))
        #expect(settings.loss == 50)
        #expect(settings.reserveLeaders == 1)
        #expect(settings.faults.isEmpty)
        #expect(settings.healedWindows == 0)
    }

    @Test("Mean and percentile of counts at their values")
    func counts() {
        let counts: [UInt64] = [90, 0, 9, 1]
        #expect(counts.meanValue == 0.21)
        #expect(counts.percentile(50) == 0)
        #expect(counts.percentile(99) == 2)
        #expect(counts.percentile(100) == 3)
        #expect([UInt64]().meanValue == nil)
        #expect([UInt64](repeating: 0, count: 3).percentile(99) == nil)
    }
}
