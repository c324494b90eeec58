import ArgumentParser
import Foundation
import Program
import Simulation
import Testing

@testable import SimulatorCLI

@Suite("RunCommand")
struct RunCommandTests {
    /// A folder that is gone with the test.
    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "coord-sim-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test("Equal seeds write equal files, whatever the number of jobs; another seed writes another")
    func json() async throws {
        try await Self.withFolder { folder in
            func file(_ name: String, _ more: [String]) async throws -> Data {
                let path = folder.appending(path: name).path
                let line = ["run", "--windows", "24", "--episode-windows", "4", "--json", path] + more
                #expect(await SimulatorCommand.main(arguments: line) == 0)
                return try #require(FileManager.default.contents(atPath: path))
            }
            let once = try await file("once", ["--seed", "3"])
            #expect(try await file("again", ["--seed", "3"]) == once)
            #expect(try await file("two", ["--seed", "3", "--jobs", "2"]) == once)
            // It is written over what stood there, and nothing else is left behind.
            #expect(try await file("once", ["--seed", "4", "--jobs", "2"]) != once)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["again", "once", "two"])
        }
    }

    @Test("The file has every field of schema 1, and neither time, speed nor path")
    func fields() throws {
        var settings = SimulationRun.Settings()
        settings.episodeWindows = 2
        settings.healedWindows = 0
        settings.windows = 1
        settings.seed = 5
        var run = try SimulationRun(settings: settings)
        run.playNext()
        let data = try JSONEncoder().encode(RunReport(run))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let fields = [
            "agreedTwice", "bytes", "charges", "digest", "episodeWindows", "episodes", "faults", "faultsMade", "inputs",
            "liars", "lost", "messages", "operators", "operatorsDown", "outcomes", "realSignatures", "reserves",
            "scenario", "schema", "seats", "seed", "steps", "threshold", "transactions", "violation", "wallets",
            "windows",
            "without",
        ]
        #expect(object.keys.sorted() == fields)
        #expect(object["violation"] is NSNull)
        #expect(object["digest"] as? String == "\(run.sums.digest)")
        #expect((object["faults"] as? [String])?.count == InjectedFault.allCases.count)
    }

    @Test("A file of kinds plays as the kinds do")
    func faultFile() async throws {
        try await Self.withFolder { folder in
            let file = folder.appending(path: "mix").path
            try Data("# a mix\nloss\noutage # a stop\n".utf8).write(to: URL(fileURLWithPath: file))
            #expect(try SimulationOptions.faults(of: file) == [.loss, .outage])
            try Data("loss\noutrage\n".utf8).write(to: URL(fileURLWithPath: file))
            let failure = try #require(throws: CommandFailure.self) { try SimulationOptions.faults(of: file) }
            #expect(failure.exitCode == 3)
            #expect(failure.cause == "\(file):2: \"outrage\" is no kind of fault")
            #expect(failure.fix.hasPrefix("did you mean outage? "))
            try Data([0xff, 0xfe]).write(to: URL(fileURLWithPath: file))
            #expect(throws: CommandFailure.self) { try SimulationOptions.faults(of: file) }
            #expect(throws: CommandFailure.self) { try SimulationOptions.faults(of: folder.path) }
        }
        #expect(try SimulationOptions.faults(of: "crash-swarm, loss").count == 10)
    }

    @Test(
        "Every wrong argument is exit 3 and named, and nothing is played",
        arguments: [
            ("operators", ["--operators", "0"], "--operators 0"),
            ("operators", ["--operators", "256"], "--operators 256"),
            ("seats", ["--seats", "4"], "--seats 4"),
            ("seats", ["--seats", "256"], "--seats 256"),
            ("threshold", ["--seats", "9", "--threshold", "4"], "--threshold 4"),
            ("threshold", ["--threshold", "2"], "--threshold 2"),
            ("threshold", ["--operators", "7", "--threshold", "8"], "--threshold 8"),
            ("wallets", ["--wallets", "0"], "--wallets 0"),
            ("operators-down", ["--operators-down", "5"], "--operators-down 5"),
            ("operators-down", ["--operators-down", "-1"], "--operators-down -1"),
            ("reserves", ["--reserves", "3"], "--reserves"),
            ("seed", ["--seed", "-1"], "--seed -1"),
            ("seed", ["--seed", "0x1"], "--seed 0x1"),
            ("faults", ["--faults", "los"], "\"los\" in --faults"),
            ("faults", ["--faults", ""], "\"\" in --faults"),
            ("faults", ["--faults", "loss,,delay"], "\"\" in --faults"),
            ("faults.file", ["--faults", "/no/such/file"], "--faults /no/such/file"),
            ("wallets", ["--wallets", "10000"], "--wallets 10000 of 5 seats"),
            ("wallets", ["--operators", "3", "--seats", "255", "--wallets", "2"], "--wallets 2 of 255 seats"),
            ("without", ["--without", "loss@x"], "loss@x"),
            ("without", ["--without", "loss@96", "--faults", "delay"], "loss@96"),
            ("liars", ["--liars", "6"], "--liars 6"),
            ("episode-windows", ["--episode-windows", "0"], "--episode-windows 0"),
            ("windows", ["--windows", "0"], "--windows 0"),
            ("jobs", ["--jobs", "0"], "--jobs 0"),
            ("json", ["--json", "/no/such/folder/file"], "--json /no/such/folder/file"),
            ("json", ["--json", "/"], "--json /"),
        ])
    func usage(reason: String, line: [String], named: String) async throws {
        let parsed = try #require(throws: CommandFailure.self) {
            let command = try RunCommand.parse(
                line.count == 2 && line[1].hasPrefix("-") ? [line.joined(separator: "=")] : line)
            _ = try command.settled()
        }
        #expect(parsed.reason == reason)
        #expect(parsed.exitCode == 3)
        #expect(parsed.cause.contains(named))
        #expect(await SimulatorCommand.main(arguments: ["run"] + line) == 3)
    }

    @Test("A plot that cannot be written is told before anything is measured")
    func plot() throws {
        for path in ["/no/such/folder/plot.svg", "/", ""] {
            let failure = try #require(throws: CommandFailure.self) {
                _ = try ScaleCommand.parse(["--svg", path]).settled()
            }
            #expect((failure.reason, failure.exitCode) == ("svg", 3))
            #expect(failure.cause.contains("--svg \(path)"))
        }
    }

    @Test(
        "What the parser cannot read is exit 3, in every command",
        arguments: [
            ["run", "--windows", "many"], ["run", "--windows", "-5"], ["run", "--nonsense"], ["run", "extra"],
            ["run", "--jobs"], ["replay", "--episode", "x"], ["replay", "--seats", "4"], ["replay", "--faults", "x"],
            ["shrink", "--threshold", "1"], ["shrink", "--seed", "x"], ["sweep", "--operators", "0"],
            ["sweep", "--down", "1,1"], ["sweep", "--reserves", "3"], ["sweep", "--loss", "101"],
            ["sweep", "--windows", "0"], ["sweep", "--operators", "1", "--down", "1"], ["sweep", "--jobs", "0"],
            ["nonsense"], [],
        ])
    func unreadable(line: [String]) async {
        #expect(await SimulatorCommand.main(arguments: line) == 3)
    }

    @Test("The largest runs that are taken have the most wallets of three seats, or the most seats in one wallet")
    func largest() throws {
        for (seats, wallets) in [(3, Cast.mostWallets), (255, 1)] {
            #expect(wallets * seats * seats <= Cast.mostSeatPairs)
        }
        #expect(2 * 255 * 255 > Cast.mostSeatPairs)
    }

    @Test("A fault of a kind that is played can be left out")
    func without() throws {
        let settings = try RunCommand.parse(["--faults", "loss,delay", "--without", "loss@96"]).options.settings()
        #expect(settings.suppressed.map(\.description) == ["loss@96"])
    }

    @Test("Seats are as many as operators, and the threshold is half of them, rounded down, and one more")
    func defaults() throws {
        let settings = try RunCommand.parse([]).options.settings()
        #expect((settings.operators, settings.threshold, settings.wallets) == (5, 3, 1))
        #expect(settings.faults == InjectedFault.preset("swarm"))
        #expect(try RunCommand.parse(["--operators", "6", "--seats", "6"]).options.settings().threshold == 4)
        #expect(try RunCommand.parse(["--operators", "7"]).options.settings().threshold == 4)
        #expect(try RunCommand.parse([]).jobs == 1)
        let random = try (0..<2).map { _ in try RunCommand.parse(["--seed", "random"]).options.settings().seed }
        #expect(random[0] != random[1])
    }
}
