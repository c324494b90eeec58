import Foundation
import TestKit
import Testing

@testable import OperatorCLI

/// Every number on the command lines of both programs, at its ends and beyond.
@Suite(.serialized) struct NumberOptionTests {
    /// A number that an option takes, and a command line that works with the ends of its range.
    struct Option: CustomTestStringConvertible {
        let program: String
        let command: String
        let name: String
        /// The least and the most that it takes, as a person writes them.
        let least: String
        let most: String
        /// What is beyond them.
        let beyond: [String]
        /// The other options of a line that is right.
        let others: [String]

        var testDescription: String { "\(program) \(command) --\(name)" }

        init(
            _ program: String, _ command: String, _ name: String, _ least: String, _ most: String, beyond: [String],
            with others: [String] = []
        ) {
            (self.program, self.command, self.name) = (program, command, name)
            (self.least, self.most, self.beyond, self.others) = (least, most, beyond, others)
        }
    }

    private static let leader = [
        "--wallet-hash", String(repeating: "0a", count: 20), "--block-hash", String(repeating: "0b", count: 32),
        "--seats", String(repeating: "0c", count: 20),
    ]
    private static let pair = ["--operators", "2", "--threshold", "2", "--windows", "1", "--block-ms", "50"]
    private static let episode = ["--operators", "3"]
    private static let short = ["--operators", "3", "--windows", "1"]
    private static let sweep = ["--operators", "3", "--down", "0", "--loss", "0", "--reserves", "0", "--windows", "1"]
    private static let (int, word) = ("9223372036854775807", "18446744073709551615")

    /// What a run, a replay and a shrink share.
    private static func played(_ command: String, _ others: [String]) -> [Option] {
        [
            Option("coord-sim", command, "operators", "1", "255", beyond: ["0", "256"], with: others),
            Option("coord-sim", command, "seats", "3", "255", beyond: ["2", "256"], with: others),
            Option("coord-sim", command, "threshold", "2", "3", beyond: ["1", "4"], with: others),
            Option("coord-sim", command, "operators-down", "0", "2", beyond: ["3"], with: others),
            Option("coord-sim", command, "reserves", "0", "2", beyond: ["3", int], with: others),
            Option("coord-sim", command, "wallets", "1", "10000", beyond: ["0", "10001"], with: others),
            Option("coord-sim", command, "liars", "0", "3", beyond: ["4"], with: others),
            Option("coord-sim", command, "episode-windows", "1", "1000000", beyond: ["0", "1000001"], with: others),
            Option("coord-sim", command, "seed", "0", word, beyond: [], with: others),
        ]
    }

    static let options: [Option] =
        [
            Option("coord", "devnet", "operators", "2", "50", beyond: ["0", "51"], with: pair),
            Option("coord", "devnet", "wallets", "1", "100", beyond: ["0", "101"], with: pair),
            Option("coord", "devnet", "seats", "2", "255", beyond: ["1", "256"], with: pair),
            Option("coord", "devnet", "threshold", "1", "2", beyond: ["0", "3"], with: pair),
            Option("coord", "devnet", "block-ms", "50", "60000", beyond: ["49", "60001"], with: pair),
            Option("coord", "devnet", "windows", "1", int, beyond: ["0"], with: pair),
            Option(
                "coord", "leader", "block", "900", "18446744073709551600", beyond: ["0", "899", word, int],
                with: leader),
            Option(
                "coord", "window export", "block", "0", word, beyond: [],
                with: ["--out", FileManager.default.temporaryDirectory.appending(component: "number-options").path]),
            Option("coord-sim", "run", "windows", "1", "1000000000000", beyond: ["0", "1000000000001"], with: short),
            Option("coord-sim", "run", "jobs", "1", "1024", beyond: ["0", "1025"], with: short),
            Option("coord-sim", "run", "report-windows", "1", "1000000", beyond: ["0", "1000001"], with: short),
            Option("coord-sim", "replay", "episode", "0", word, beyond: [], with: episode),
            Option("coord-sim", "shrink", "episode", "0", word, beyond: [], with: episode),
            Option("coord-sim", "sweep", "operators", "1", "255", beyond: ["0", "256", "3,,5"], with: sweep),
            Option("coord-sim", "sweep", "down", "0", "0,254", beyond: ["255", "0,"], with: sweep),
            Option("coord-sim", "sweep", "loss", "0", "100", beyond: ["101"], with: sweep),
            Option("coord-sim", "sweep", "reserves", "0", "2", beyond: ["3"], with: sweep),
            Option("coord-sim", "sweep", "windows", "1", "100000000", beyond: ["0", "100000001"], with: sweep),
            Option("coord-sim", "sweep", "seed", "0", word, beyond: [], with: sweep),
            Option("coord-sim", "sweep", "jobs", "1", "1024", beyond: ["0", "1025"], with: sweep),
            Option("coord-sim", "scale", "windows", "1", "1000000", beyond: ["0", "1000001"]),
            Option("coord-sim", "scale", "seed", "0", word, beyond: [], with: ["--windows", "1"]),
            Option("coord-sim", "scale", "jobs", "1", "1024", beyond: ["0", "1025"], with: ["--windows", "1"]),
            Option(
                "coord-sim", "fairness", "windows", "1000", "4000000000", beyond: ["999", "4000000001"],
                with: ["--operators", "2"]),
            Option(
                "coord-sim", "fairness", "operators", "2", "128", beyond: ["1", "129"], with: ["--windows", "1000"]),
            Option(
                "coord-sim", "fairness", "seed", "0", word, beyond: [],
                with: ["--operators", "2", "--windows", "1000"]),
        ] + played("run", short) + played("replay", episode) + played("shrink", episode)

    /// Those with a reader of their own: a replay and a shrink share the others with a run (`SimulationOptions`).
    private static let tried = options.filter { option in
        !["replay", "shrink"].contains(option.command) || option.name == "episode"
    }

    /// Options that take no number, of whichever command.
    private static let words: Set = [
        "config", "wallet", "out", "wallet-hash", "block-hash", "seats of leader", "profile", "dir", "scenario",
        "faults", "without", "crypto", "json", "report", "svg", "edit",
    ]

    /// What no option takes as its number.
    private static let rubbish = ["-1", "", "1.5", "abc", "18446744073709551616"]

    @Test(
        "A number beyond the ends of an option is wrong usage that names the option, and never a trap",
        arguments: tried)
    func beyond(option: Option) async throws {
        for value in option.beyond + Self.rubbish {
            let process = try CoordProcess(Self.line(option, value), of: option.program)
            let code = try await process.exitCode(within: 60)
            #expect(code == 3, "\(value): \(process.standardError)")
            #expect(process.standardError.contains("--\(option.name)"), "\(value): \(process.standardError)")
        }
    }

    @Test("A number at the ends of an option is taken, and never a trap", arguments: tried)
    func ends(option: Option) async throws {
        for value in [option.least, option.most] {
            let process = try CoordProcess(Self.line(option, value), of: option.program)
            // Some of these run for years: those that still run after a while have taken it.
            _ = await eventually(within: .milliseconds(700), every: .milliseconds(20)) { !process.isRunning }
            if process.isRunning {
                process.signal(SIGTERM)
                _ = try await process.exitCode(within: 60)
                continue
            }
            let code = try await process.exitCode(within: 10)
            // 1 and 10 say what came of it: an episode that does not fail, a folder that is no node's, lies beyond the bound.
            #expect([0, 1, 10, 11].contains(code), "\(value): \(code) \(process.standardError)")
        }
    }

    @Test("Every option of both programs is in the table of numbers, or known to take none")
    func covered() async throws {
        for program in ["coord", "coord-sim"] {
            let process = try CoordProcess(["--experimental-dump-help"], of: program)
            #expect(try await process.exitCode(within: 60) == 0)
            let dump = try JSONDecoder().decode(Dump.self, from: Data(process.standardOutput.utf8))
            let found = dump.command.options
            #expect(found.count > 5)
            for (command, name) in found {
                let isNumber = Self.options.contains {
                    $0.program == program && $0.command == command && $0.name == name
                }
                let isWord = Self.words.contains(name) || Self.words.contains("\(name) of \(command)")
                #expect(isNumber != isWord, "\(program) \(command) --\(name)")
            }
            for option in Self.options where option.program == program {
                #expect(found.contains { $0 == (option.command, option.name) }, "\(option.testDescription)")
            }
        }
    }

    /// The command line; what is given twice counts as given last.
    private static func line(_ option: Option, _ value: String) -> [String] {
        option.command.split(separator: " ").map(String.init) + option.others + ["--\(option.name)=\(value)"]
    }
}

/// What a program says of its commands.
private struct Dump: Decodable {
    struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { let name: String }
            let kind: String
            let preferredName: Name?
        }

        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?

        /// The options of the commands under this one, each with the command's words.
        var options: [(command: String, name: String)] {
            (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { command in
                let own = (command.arguments ?? []).filter { $0.kind == "option" }.compactMap(\.preferredName?.name)
                return own.map { (command.commandName, $0) }
                    + command.options.map { ("\(command.commandName) \($0.command)", $0.name) }
            }
        }
    }

    let command: Command
}
