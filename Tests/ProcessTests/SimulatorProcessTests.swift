import Foundation
import Testing

/// `coord-sim` in processes of their own: tables are hashed from another seed in each, which must show nowhere.
@Suite(.serialized) struct SimulatorProcessTests {
    private func digest(_ arguments: [String]) async throws -> String {
        let process = try CoordProcess(["run"] + arguments, of: "coord-sim")
        #expect(try await process.exitCode(within: 300) == 0, "\(process.standardError)")
        let line = process.standardOutput.split(separator: "\n").first { $0.hasPrefix("digest") }
        return String(try #require(line))
    }

    @Test("A seed gives one run, bit for bit, in every process; another seed gives another")
    func determinism() async throws {
        let arguments = ["--windows", "256", "--faults", "swarm", "--seed"]
        let first = try await digest(arguments + ["1"])
        #expect(try await digest(arguments + ["1"]) == first)
        #expect(try await digest(arguments + ["2"]) != first)
    }
}
