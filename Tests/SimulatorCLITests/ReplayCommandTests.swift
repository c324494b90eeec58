import ArgumentParser
import Foundation
import Program
import Testing

@testable import SimulatorCLI

@Suite("ReplayCommand")
struct ReplayCommandTests {
    /// What ends a command, as its user reads it.
    private func failure(_ line: [String]) throws -> CommandFailure? {
        var command = try SimulatorCommand.parseAsRoot(line)
        do {
            try command.run()
            return nil
        } catch {
            return try #require(error as? CommandFailure)
        }
    }

    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "bundle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: path) }
        try Data(bytes).write(to: path)
        try body(path.path)
    }

    @Test("A file that is not there, or no bundle, is exit 3 with what is wrong and where")
    func files() throws {
        let missing = try #require(try failure(["replay", "/nowhere/window.bundle"]))
        #expect(missing.exitCode == 3 && missing.reason == "bundle.file")
        #expect(missing.cause == "/nowhere/window.bundle cannot be read")
        try withFile(Array("coord/window/1\n".utf8)) { path in
            let failure = try #require(try failure(["replay", path]))
            #expect(failure.exitCode == 3 && failure.reason == "bundle.version" && failure.cause.contains("byte 0"))
            #expect(failure.cause.contains("its format is coord/window/1, and this build reads coord/window/2"))
        }
        try withFile([]) { path in
            let failure = try #require(try failure(["replay", path]))
            #expect(failure.reason == "bundle.version")
        }
        try withFile(Array("coord/window/2\n".utf8) + Array(repeating: 7, count: 100)) { path in
            let failure = try #require(try failure(["replay", path, "--lines"]))
            #expect(failure.exitCode == 3 && failure.reason == "bundle.digest")
            #expect(failure.cause.contains("from byte 83 on"))
        }
    }

    @Test(
        "A bundle and the options of an episode, or edits without a bundle, are wrong usage",
        arguments: [
            ["b", "--seed", "1"], ["b", "--episode", "0"], ["b", "--operators", "7"], ["b", "--crypto", "real"],
            ["--edit", "drop:1"], ["--lines"],
        ])
    func usage(line: [String]) throws {
        let failure = try #require(try failure(["replay"] + line))
        #expect(failure.exitCode == 3 && failure.reason == "bundle")
    }

    @Test("What is no edit is told before anything is read")
    func edits() throws {
        let failure = try #require(try failure(["replay", "/nowhere", "--edit", "drop:1", "--edit", "drop:x"]))
        #expect(failure.exitCode == 3 && failure.reason == "edit" && failure.cause == "--edit drop:x is no edit")
    }
}
