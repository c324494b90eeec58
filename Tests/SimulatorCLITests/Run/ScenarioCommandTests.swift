import ArgumentParser
import Foundation
import Program
import Simulation
import Testing

@testable import SimulatorCLI

@Suite("coord-sim run --scenario")
struct ScenarioCommandTests {
    @Test("A scenario goes with windows, seed, jobs, and files; it fixes the rest")
    func settings() throws {
        let command = try RunCommand.parse([
            "--scenario", "one-poisoned", "--windows", "64", "--seed", "9", "--jobs", "2",
        ])
        let (run, _, _) = try command.settled()
        var expected = SimulationRun.Settings(.onePoisoned)
        (expected.windows, expected.seed) = (64, 9)
        #expect(run.settings == expected)
        #expect(run.settings.wallets == 10)
        #expect(run.settings.faults.isEmpty)
    }

    @Test(
        "An option that a scenario fixes is exit 3 beside it, whatever its value, and is named",
        arguments: [
            ["--operators", "5"], ["--seats", "5"], ["--threshold", "3"], ["--operators-down", "0"],
            ["--reserves", "2"], ["--wallets", "10"], ["--faults", "none"], ["--without", "loss@96"],
            ["--liars", "0"], ["--episode-windows", "24"], ["--crypto", "ideal"],
        ])
    func fixed(option: [String]) async throws {
        let line = ["--scenario", "one-poisoned"] + option
        let failure = try #require(throws: CommandFailure.self) { _ = try RunCommand.parse(line).settled() }
        #expect(failure.reason == "scenario.fixed")
        #expect(failure.cause.hasPrefix("\(option[0]) says"))
        #expect(await SimulatorCommand.main(arguments: ["run"] + line) == 3)
        #expect(await SimulatorCommand.main(arguments: ["replay"] + line) == 3)
    }

    @Test("An unknown name is exit 3 and told the nearest one; shrink takes no scenario")
    func unknown() async throws {
        let line = ["--scenario", "one-poisened"]
        let failure = try #require(throws: CommandFailure.self) { _ = try RunCommand.parse(line).settled() }
        #expect(failure.reason == "scenario")
        #expect(failure.fix.hasPrefix("did you mean one-poisoned? scenarios: bad-source, "))
        #expect(await SimulatorCommand.main(arguments: ["run"] + line) == 3)
        #expect(await SimulatorCommand.main(arguments: ["run", "--scenario", ""]) == 3)
        #expect(await SimulatorCommand.main(arguments: ["shrink", "--scenario", "bad-source"]) == 3)
    }

    @Test("Equal seeds write equal files, which name the scenario; the page is written too")
    func files() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "coord-sim-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, jobs: String) async throws -> Data {
            let path = folder.appending(path: name).path
            let line = ["run", "--scenario", "late-joiner", "--windows", "64", "--jobs", jobs, "--json", path]
            #expect(await SimulatorCommand.main(arguments: line) == 0)
            return try #require(FileManager.default.contents(atPath: path))
        }
        let once = try await file("once", jobs: "1")
        #expect(try await file("two", jobs: "2") == once)
        let object = try #require(try JSONSerialization.jsonObject(with: once) as? [String: Any])
        let scenario = try #require(object["scenario"] as? [String: Any])
        #expect(scenario.keys.sorted() == ["arranged", "name"])
        #expect(scenario["name"] as? String == "late-joiner")
        #expect(scenario["arranged"] as? Int == 48, "once in each of 24 windows of two episodes")
    }

    @Test("What fails is played again by the command that is printed: it names the scenario")
    func replays() throws {
        var settings = SimulationRun.Settings(.splitHostView)
        settings.seed = 7
        #expect(
            SimulationOptions.replay(settings, episode: 3)
                == "coord-sim replay --seed 7 --episode 3 --scenario split-host-view")
        let words = SimulationOptions.replay(settings, episode: 3).split(separator: " ").dropFirst(2).map(String.init)
        let command = try ReplayCommand.parse(words)
        #expect(try command.options.settings() == settings)
        #expect(command.episode == 3)
        for (demand, code) in [(Scenario.Demand.everyWindow, Int32(11)), (.everybodyAgrees, 11), (.idlenessOnly, 10)] {
            let failure = SimulationOptions.failure(
                of: Scenario.Unmet(demand: demand, what: "2 windows are lost"), in: settings, episode: 3)
            #expect(failure.exitCode == code)
            #expect(failure.reason == "scenario.split-host-view")
            #expect(failure.cause == "2 windows are lost")
            #expect(failure.fix.contains(words.joined(separator: " ")))
        }
    }
}
