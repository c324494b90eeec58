import Foundation
import TestKit

/// A real EVM with the bridge's contracts on it, driven by JSON lines (Tests/Tools/evm_bridge.py).
final class EVMBridge {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffer = Data()

    /// What the tool says of itself.
    private(set) var about: [String: Any] = [:]

    init(_ flags: [String]) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let python = root.appending(components: ".venv", "bin", "python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw TestTool.Missing("\(python.path) is missing: run the tests by `make test`")
        }
        process.executableURL = python
        process.arguments = [root.appending(components: "Tests", "Tools", "evm_bridge.py").path] + flags
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        about = try read()
    }

    /// Gives a command and takes its answer; one that says no is an error.
    @discardableResult
    func command(_ command: [String: Any]) throws -> [String: Any] {
        input.fileHandleForWriting.write(try JSONSerialization.data(withJSONObject: command) + Data("\n".utf8))
        let answer = try read()
        guard answer["ok"] as? Bool == true else { throw TestTool.Missing("the EVM refuses: \(answer)") }
        return answer
    }

    /// Ends the tool with its standard input.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private func read() throws -> [String: Any] {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[buffer.startIndex..<end]
                buffer = Data(buffer[buffer.index(after: end)...])
                return try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw TestTool.Missing("the EVM ended") }
            buffer += more
        }
    }
}
