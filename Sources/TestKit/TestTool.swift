package import Foundation

/// Runs a tool of `Tests/Tools`, in the virtual environment that `make test` makes.
package enum TestTool {
    /// A requirement of a test that the machine lacks.
    package struct Missing: Error, CustomStringConvertible {
        package let description: String

        /// Takes a description of the requirement.
        package init(_ description: String) { self.description = description }
    }

    /// The folder of the project.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs a tool with options, and with lines on its standard input; gives the lines of its answer.
    package static func run(_ name: String, _ options: [String] = [], lines: [String] = []) throws -> [String] {
        let python = root.appending(components: ".venv", "bin", "python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Missing("\(python.path) is missing: run the tests by `make test`")
        }
        let questions = FileManager.default.temporaryDirectory.appending(component: "tool-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: questions) }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: questions)
        let process = Process()
        process.executableURL = python
        process.arguments = [root.appending(components: "Tests", "Tools", name).path] + options
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: questions)
        process.standardOutput = output
        try process.run()
        // The tool ends when its output ends.
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: answer, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
