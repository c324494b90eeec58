import Simulation
import Testing

@testable import SimulatorCLI

@Suite("EpisodePool")
struct EpisodePoolTests {
    private static func run() throws -> SimulationRun {
        var settings = SimulationRun.Settings()
        settings.faults = []
        settings.episodeWindows = 1
        settings.healedWindows = 0
        settings.windows = 6
        return try SimulationRun(settings: settings)
    }

    @Test("Results are handed over in the order of their episodes", arguments: [1, 2, 5, 16])
    func order(jobs: Int) async throws {
        let run = try Self.run()
        var seeds: [UInt64] = []
        try await EpisodePool(jobs: jobs).play(run, count: 6) { result in
            seeds.append(result.seed)
            return true
        }
        #expect(seeds == (0..<6).map { run.settings.episode($0).seed })
    }

    @Test("Nothing is handed over once nothing more is wanted")
    func stop() async throws {
        var taken = 0
        try await EpisodePool(jobs: 3).play(Self.run(), count: 6) { _ in
            taken += 1
            return taken < 2
        }
        #expect(taken == 2)
    }
}
