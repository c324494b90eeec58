import Foundation
import TestKit
import Testing

@testable import OperatorCLI

/// What can be wrong with a stream that a program inherits.
enum StreamFault: Equatable, CaseIterable {
    case fullOutput, closedOutput, unreadOutput
    case fullError, closedError, unreadError
    case allClosed

    /// Whether results can be written.
    var keepsOutput: Bool { [.fullError, .closedError, .unreadError].contains(self) }

    /// Whether errors can be written.
    var keepsError: Bool { [.fullOutput, .closedOutput, .unreadOutput].contains(self) }

    /// Runs `$0` with its words; of a pipe whose reader goes away first, the write end is left.
    var script: String {
        let gone = "f=$(mktemp -u) && mkfifo $f && exec 3<>$f 4>$f 3>&- && rm $f && "
        return switch self {
        case .fullOutput: "exec \"$0\" \"$@\" >/dev/full"
        case .closedOutput: "exec \"$0\" \"$@\" >&-"
        case .unreadOutput: gone + "exec \"$0\" \"$@\" >&4 4>&-"
        case .fullError: "exec \"$0\" \"$@\" 2>/dev/full"
        case .closedError: "exec \"$0\" \"$@\" 2>&-"
        case .unreadError: gone + "exec \"$0\" \"$@\" 2>&4 4>&-"
        case .allClosed: "exec \"$0\" \"$@\" <&- >&- 2>&-"
        }
    }
}

/// A program under test as a process of its own, built by `make test`.
final class CoordProcess {
    private let process: ChildProcess
    private let output = FileManager.default.temporaryDirectory.appending(component: "out-\(UUID().uuidString)")
    private let errors = FileManager.default.temporaryDirectory.appending(component: "err-\(UUID().uuidString)")

    /// Starts the program; its output goes to files, so that nothing blocks on us, or where a shell's redirection says.
    init(_ arguments: [String], of name: String = "coord", streams: StreamFault? = nil) throws {
        let program = TestTool.root.appending(components: ".build", "debug", name)
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw TestTool.Missing("\(program.path) is missing: run the tests by `make test`")
        }
        for file in [output, errors] {
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
                throw TestTool.Missing("\(file.path) cannot be made")
            }
        }
        guard let streams else {
            process = try ChildProcess(program: program.path, arguments: arguments, output: output, errors: errors)
            return
        }
        process = try ChildProcess(
            program: "/bin/sh", arguments: ["-c", streams.script, program.path] + arguments, output: output,
            errors: errors)
    }

    var processIdentifier: Int32 { process.identifier }
    var standardOutput: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var standardError: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }

    /// Sends a signal.
    func signal(_ signal: Int32) { process.signal(signal) }

    /// Waits for the end and gives the exit code; a process that outlives the deadline is killed, which is an issue.
    func exitCode(within seconds: Double) async throws -> Int32 {
        if await !eventually(within: .seconds(seconds), every: .milliseconds(50), { !process.isRunning }) {
            Issue.record("the process did not end within \(seconds) s:\n\(standardError)")
            process.wait(atMost: 0)
        }
        return try #require(process.exitCode)
    }

    /// The processes that run this program with these words in their command line.
    static func running(_ words: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
            guard let id = Int32(name), let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return nil
            }
            let line = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\0", with: " ")
            return line.contains(words) ? id : nil
        }
    }
}
