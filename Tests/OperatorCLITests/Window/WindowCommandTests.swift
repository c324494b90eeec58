import ArgumentParser
import Coordination
import Foundation
import Ledger
import Node
import Primitives
import TestKit
import Testing

@testable import OperatorCLI
@testable import Program

@Suite struct WindowCommandTests {
    @Test(
        "Each wrong argument is told by its reason, the file that cannot be written before the node's are read",
        arguments: [
            ("block", ["--block", "24x", "--out", "window"]),
            ("hex", ["--block", "24", "--out", "window", "--wallet", "0x12"]),
            ("out", ["--block", "24", "--out", "/no/such/folder/window"]), ("out", ["--block", "24", "--out", "/"]),
            ("out", ["--block", "24", "--out", ""]),
            ("out", ["--block", "24", "--out", "/dev/null"]),
        ])
    func usage(reason: String, line: [String]) async throws {
        let command = try WindowExportCommand.parse(line + ["--config", "/no/such/coord.toml"])
        let failure = try #require(await #expect(throws: CommandFailure.self) { try await command.run() })
        #expect(failure.reason == reason)
        #expect(failure.exitCode == 3)
    }

    @Test("A configuration that cannot be read is exit 10, in each command that needs it")
    func configuration() async throws {
        let missing = ["--config", "/no/such/coord.toml"]
        let out = FileManager.default.temporaryDirectory.appending(component: "window-\(UUID().uuidString)").path
        let export = try WindowExportCommand.parse(["--block", "24", "--out", out] + missing)
        let run = try RunCommand.parse(missing)
        for command in [export.run, run.run] {
            let failure = try #require(await #expect(throws: CommandFailure.self) { try await command() })
            #expect(failure.reason == "configuration")
            #expect(failure.exitCode == 10)
        }
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test("Of a ledger that is behind its anchor no window is written: it is refused as the node refuses it")
    func behindAnchor() async throws {
        let directory = try DataDirectory()
        _ = try directory.hold()
        let cursor = BlockReference(number: BlockNumber(24), hash: .zero)
        func commit() async throws {
            let boot = LedgerEvent.booted(bootNonce: Bytes(repeating: 1, count: 16), build: "test")
            _ = try await directory.store().commit(LedgerTransaction(cursor: cursor, events: [boot]))
        }
        func failure() async throws -> CommandFailure {
            let out = directory.url.appending(component: "window").path
            let command = try WindowExportCommand.parse(
                ["--block", "24", "--out", out, "--config", directory.configuration])
            let failure = try #require(await #expect(throws: CommandFailure.self) { try await command.run() })
            #expect(!FileManager.default.fileExists(atPath: out))
            return failure
        }
        try await commit()
        // Not the anchor: nothing was sent whose sender would be this node.
        #expect(try await failure().reason == "export.operator")
        let anchor = directory.url.appending(components: "run", "anchor")
        let sound = try Data(contentsOf: anchor)
        let older = directory.url.appending(component: "older.db")
        for suffix in ["", "-wal"] {
            let file = directory.url.appending(component: "coord.db\(suffix)")
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            try FileManager.default.copyItem(atPath: file.path, toPath: older.path + suffix)
        }
        try await commit()
        #expect(try Data(contentsOf: anchor) != sound)
        for suffix in ["", "-wal", "-shm"] {
            let file = directory.url.appending(component: "coord.db\(suffix)").path
            try? FileManager.default.removeItem(atPath: file)
            guard FileManager.default.fileExists(atPath: older.path + suffix) else { continue }
            try FileManager.default.copyItem(atPath: older.path + suffix, toPath: file)
        }
        let past = try await failure()
        #expect((past.reason, past.exitCode) == ("store.behind_anchor", 16))
        try Data(repeating: 0, count: sound.count).write(to: anchor)
        let damaged = try await failure()
        #expect((damaged.reason, damaged.exitCode) == ("store.anchor_damaged", 16))
    }

    @Test("A result goes to the file that a link names, and the link stays; a pipe or device is refused and stays")
    func resultFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "result-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (file, link, pipe) = (
            folder.appending(component: "file").path, folder.appending(component: "link").path,
            folder.appending(component: "pipe").path
        )
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        try Data("before".utf8).write(to: URL(fileURLWithPath: file))
        try ResultFile(link, option: .out).write(Data("after".utf8))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "after")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        #expect(mkfifo(pipe, 0o600) == 0)
        for other in [pipe, "/dev/full", "/dev/null", folder.path] {
            let failure = try #require(
                #expect(throws: CommandFailure.self) { _ = try ResultFile(other, option: .out) })
            #expect(failure.exitCode == 3)
        }
    }
}
