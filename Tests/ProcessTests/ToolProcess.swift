import Foundation
import TestKit

/// A tool of Tests/Tools that stays and is driven by JSON lines; it ends with its standard input, so with us.
final class ToolProcess {
    private let name: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffer = Data()

    /// The tool's first line: what it says of itself.
    private(set) var about: [String: Any] = [:]

    init(_ name: String, _ flags: [String] = []) throws {
        self.name = name
        let python = TestTool.root.appending(components: ".venv", "bin", "python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw TestTool.Missing("\(python.path) is missing: run the tests by `make test`")
        }
        process.executableURL = python
        process.arguments = [TestTool.root.appending(components: "Tests", "Tools", name).path] + flags
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
        guard answer["ok"] as? Bool == true else { throw TestTool.Missing("\(name) refuses: \(answer)") }
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
            guard !more.isEmpty else { throw TestTool.Missing("\(name) ended") }
            buffer += more
        }
    }
}
