import Coordination
import Testing

@testable import Simulation

@Suite struct ScaleModelTests {
    private func row(operators: Int) throws -> SweepRow {
        let plan = SweepPlan(operators: [operators], down: [0], loss: [0], reserves: [2], windows: 1, seed: 5)
        var settings = plan.settings(of: plan.cells[0])
        settings.episodeWindows = 6
        var row = SweepRow(plan.cells[0])
        row.add(try SimulationRun(settings: settings).playing(0))
        return row
    }

    @Test("What operators send without faults has the shapes of docs/scale.md", arguments: [4, 6])
    func shapes(operators n: Int) throws {
        let traffic = try row(operators: n).traffic
        let windows = traffic[kind: .status].messages / UInt64(n * (n - 1))
        #expect(windows == 8, "6 windows, and one begun before and one after")
        // Leader and two reserves each say it three times to n - 1, and n - 1 echo each once to n - 1.
        #expect(traffic[kind: .proposal].messages == windows * UInt64(3 * (3 * (n - 1) + (n - 1) * (n - 1))))
        #expect(traffic[kind: .verdict].messages == windows * UInt64((n - 1) * (n - 1)))
        #expect(traffic[kind: .signReady].messages.isMultiple(of: UInt64(n * (n - 1))))
    }

    @Test("The model gives back what it was made from")
    func measured() throws {
        let rows = [try row(operators: 3), try row(operators: 5)]
        let model = ScaleModel(rows)
        for row in rows {
            let traffic = row.traffic[kind: .proposal]
            let statuses = row.traffic[kind: .status]
            let n = Double(row.cell.operators)
            let windows = Double(statuses.messages) / (n * (n - 1))
            #expect(abs(model.direct(.proposal, operators: n).messages * windows - Double(traffic.messages)) < 1e-6)
            #expect(abs(model.direct(.status, operators: n).bytes * windows - Double(statuses.bytes)) < 1e-6)
        }
    }

    @Test("Gossip uses each peer's links but the one that told it; among few it is a flood")
    func gossip() {
        #expect(ScaleModel.gossip(100) == 6 + 99 * 5)
        #expect(ScaleModel.gossip(4) == 9)
    }

    @Test("10,000 operators in 1,000 wallets of 100: 10 wallets each, and fewer peers than 990, since some are shared")
    func network() {
        let network = ScaleModel.Network()
        #expect(network.walletsEach == 10)
        // 9,999 · (1 - (1 - 99/9,999)^10), by hand.
        #expect(abs(network.peers - 947.0357) < 0.0001)
    }
}
