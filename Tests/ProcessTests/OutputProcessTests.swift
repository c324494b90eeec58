import ArgumentParser
import Coordination
import Foundation
import Ledger
import Node
import Primitives
import SimulatorCLI
import TestKit
import Testing

@testable import OperatorCLI

/// Every command of both programs with a full, a closed and an unread standard output and standard error.
@Suite(.serialized) struct OutputProcessTests {
    /// A command line that ends by itself.
    struct Line: CustomTestStringConvertible {
        let program: String
        let words: [String]
        /// Its exit code with sound streams.
        let code: Int32
        /// Whether it prints results.
        let prints: Bool

        var testDescription: String { ([program] + words).joined(separator: " ") }
    }

    private static let leader = [
        "leader", "--wallet-hash", String(repeating: "0a", count: 20), "--block-hash",
        String(repeating: "0b", count: 32), "--block", "900", "--seats", String(repeating: "0c", count: 20),
    ]

    /// One line at least for every command; `covered` sees to that.
    static let lines: [Line] = [
        Line(program: "coord", words: ["--help"], code: 0, prints: true),
        Line(program: "coord", words: ["--version"], code: 0, prints: true),
        Line(program: "coord", words: ["nonsense"], code: 3, prints: false),
        Line(program: "coord", words: leader, code: 0, prints: true),
        Line(program: "coord", words: leader + ["--json"], code: 0, prints: true),
        Line(program: "coord", words: ["run", "--config", "/nowhere"], code: 10, prints: false),
        Line(
            program: "coord", words: ["wallet", "resume", String(repeating: "0a", count: 20), "--config", "/nowhere"],
            code: 10, prints: false),
        Line(
            program: "coord", words: ["window", "export", "--config", "/nowhere", "--block", "24", "--out", "/tmp/x"],
            code: 10, prints: false),
        Line(
            program: "coord",
            words: [
                "devnet", "--json", "--operators", "2", "--threshold", "2", "--block-ms", "50", "--windows", "1",
            ], code: 0, prints: true),
        Line(program: "coord-sim", words: ["--help"], code: 0, prints: true),
        Line(
            program: "coord-sim", words: ["fairness", "--windows", "1000", "--operators", "2"], code: 0, prints: true),
        Line(program: "coord-sim", words: ["run", "--windows", "1", "--operators", "3"], code: 0, prints: true),
        Line(program: "coord-sim", words: ["replay", "--operators", "3"], code: 0, prints: true),
        Line(program: "coord-sim", words: ["replay", "/nowhere"], code: 3, prints: false),
        Line(program: "coord-sim", words: ["scale", "--windows", "1"], code: 0, prints: true),
        Line(program: "coord-sim", words: ["shrink", "--operators", "3"], code: 1, prints: false),
        Line(
            program: "coord-sim",
            words: [
                "sweep", "--operators", "3", "--down", "0", "--loss", "0", "--reserves", "0", "--windows", "1",
                "--json",
            ], code: 0, prints: true),
    ]

    @Test(
        "No command dies of a stream that is full, closed, or unread: it ends with a code and says why",
        arguments: lines)
    func ends(line: Line) async throws {
        for fault in StreamFault.allCases {
            let process = try CoordProcess(line.words, of: line.program, streams: fault)
            let code = try await process.exitCode(within: 120)
            let fails = line.prints && !fault.keepsOutput
            #expect(code == (fails ? 1 : line.code), "\(fault): \(process.standardError)")
            if fails, fault.keepsError {
                #expect(process.standardError.contains("error: output\n"), "\(fault): \(process.standardError)")
            }
            if line.prints, fault.keepsOutput { #expect(!process.standardOutput.isEmpty, "\(fault)") }
        }
    }

    @Test(
        "A halt that is ended is told on standard error where standard output is full, and the command has done its work"
    )
    func deed() async throws {
        let directory = try DataDirectory()
        defer { try? FileManager.default.removeItem(at: directory.url) }
        let wallet = WalletPublicKeyHash(hash160([1]))
        let cursor = BlockReference(number: BlockNumber(30), hash: .zero)
        for fault in [StreamFault.fullOutput, .closedOutput, .unreadOutput] {
            let store = try LedgerStore(
                path: directory.url.appending(component: "coord.db").path,
                anchor: directory.url.appending(components: "run", "anchor").path, journalBlocks: 10)
            _ = try await store.commit(
                LedgerTransaction(cursor: cursor, events: [.halted(wallet, reason: HaltReason.duplicateIdentity.id)]))
            let process = try CoordProcess(
                ["wallet", "resume", wallet.description, "--config", directory.configuration], streams: fault)
            #expect(try await process.exitCode(within: 60) == 0, "\(fault): \(process.standardError)")
            #expect(
                process.standardError
                    == "wallet \(wallet) goes on at the next start; it was halted: duplicate_identity\n")
        }
    }

    @Test("The table has a line of every command of both programs")
    func covered() {
        for (program, root) in [
            ("coord", CoordCommand.configuration), ("coord-sim", SimulatorCommand.configuration),
        ] {
            let names = root.subcommands.compactMap { $0.configuration.commandName }
            #expect(names.count == root.subcommands.count)
            let tried = Set(Self.lines.filter { $0.program == program }.map { $0.words[0] })
            #expect(Set(names).isSubset(of: tried), "\(program)")
        }
    }

    @Test(
        "A node goes on where its log cannot be written, and drains",
        arguments: ["text", "json"], [StreamFault.fullError, .closedError, .unreadError, .allClosed])
    func logs(format: String, fault: StreamFault) async throws {
        let folder = try await OperatorFolder.made()
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let file = folder.appending(component: "coord.toml")
        let config = try String(contentsOf: file, encoding: .utf8)
            .replacingOccurrences(of: "[general]", with: "[general]\nlog_format = \"\(format)\"\nlog_level = \"trace\"")
        try config.write(to: file, atomically: true, encoding: .utf8)
        let ledger = folder.appending(component: "coord.db").path
        func boots() async -> Int {
            let entries = try? await LedgerReader(path: ledger).entries(from: 1)
            return (entries ?? []).count { entry in
                if case .booted? = try? LedgerEvent(decoding: entry.body) { true } else { false }
            }
        }
        let before = await boots()
        let process = try CoordProcess(["run", "--config", file.path], streams: fault)
        // It has said that it starts before it commits its boot.
        #expect(
            await eventually(within: .seconds(60), every: .milliseconds(50)) {
                if !process.isRunning { return true }
                return await boots() > before
            })
        #expect(process.isRunning)
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: 60) == 0, "\(process.standardError)")
        let store = try #require(FileManager.default.contents(atPath: folder.appending(component: "coord.db").path))
        #expect(store.starts(with: Data("SQLite format 3\0".utf8)), "nothing was printed into the ledger")
    }
}
