import ArgumentParser
import Primitives
import Program
import Testing

@testable import Simulation
@testable import SimulatorCLI

@Suite("Violations")
struct ViolationTests {
    private static let settings: SimulationRun.Settings = {
        var settings = SimulationRun.Settings()
        settings.seed = 12
        return settings
    }()

    @Test("A broken promise of safety is exit 10, one of liveness 11", arguments: Invariant.allCases)
    func codes(invariant: Invariant) {
        let violation = Violation(
            breach: Invariant.Breach(invariant: invariant, what: "operator 1, window 48: said so"), step: 70,
            time: 9_000,
            block: BlockNumber(50))
        let failure = SimulationOptions.failure(of: violation, in: Self.settings, episode: 3)
        #expect(failure.exitCode == (["L1", "A5"].contains(invariant.rawValue) ? 11 : 10))
        #expect(failure.reason == invariant.rawValue)
        #expect(failure.cause == "operator 1, window 48: said so (step 70, block 50)")
        #expect(failure.fix == "play it again: coord-sim replay --seed 12 --episode 3 --operators 5 --faults swarm")
    }

    @Test(
        "The command that plays an episode again means the same settings",
        arguments: [
            [], ["--faults", "crash-swarm"], ["--faults", "loss,pause", "--threshold", "4"],
            ["--operators", "7", "--wallets", "3", "--operators-down", "2", "--reserves", "0", "--liars", "1"],
            ["--episode-windows", "9", "--without", "loss@96,pause@48", "--crypto", "real"],
            ["--faults", "none", "--seed", "18446744073709551615"],
            ["--seats", "9"], ["--seats", "9", "--threshold", "7"], ["--scenario", "one-poisoned"],
        ])
    func replay(line: [String]) throws {
        let settings = try RunCommand.parse(line).options.settings()
        let words = SimulationOptions.replay(settings, episode: 8).split(separator: " ").map(String.init)
        #expect(Array(words.prefix(2)) == ["coord-sim", "replay"])
        let command = try ReplayCommand.parse(Array(words.dropFirst(2)))
        #expect(try command.options.settings() == settings)
        #expect(command.episode == 8)
    }

    @Test("An episode that keeps every promise replays with exit 0, and there is nothing to shrink")
    func passes() async {
        let few = ["--faults", "none", "--episode-windows", "1"]
        #expect(await SimulatorCommand.main(arguments: ["replay", "--quiet"] + few) == 0)
        #expect(await SimulatorCommand.main(arguments: ["shrink"] + few) == 1)
    }

    @Test("What was shrunk is told with its steps, its faults and the command that plays it")
    func shrunk() throws {
        var settings = Self.settings
        settings.faults = [.loss]
        settings.operators = 3
        settings.threshold = 2
        var shrinker = try #require(
            Shrinker(settings: settings, episode: 2) { candidate, _ in
                candidate.operators == 3 ? Shrinker.Failure(.s2, at: BlockNumber(77)) : nil
            })
        shrinker.run()
        let lines = ShrinkCommand.text(shrinker).split(separator: "\n").map(String.init)
        #expect(lines[0] == "breaks        S2 at block 77")
        #expect(lines[1] == "smaller       windows 24 to 1, 1 plays")
        #expect(lines.last == "replay        " + SimulationOptions.replay(shrinker.settings, episode: 2))
        #expect(lines.last?.contains("--operators 3 --faults none --episode-windows 1") == true)
    }
}
