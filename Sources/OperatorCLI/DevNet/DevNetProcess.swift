import Foundation
import Program

/// A child process that lives no longer than its parent: its standard input is a pipe whose other end we hold.
final class DevNetProcess {
    private let process = Process()
    private let lifeline = Pipe()

    /// Starts this very program with arguments; its output goes to a file.
    init(arguments: [String], log: URL) throws {
        guard FileManager.default.createFile(atPath: log.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw CommandFailure(
                reason: "devnet.log", cause: "\(log.path) cannot be made", fix: "check the folder of --dir")
        }
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = URL(filePath: Self.program)
        process.arguments = arguments
        process.standardInput = lifeline
        process.standardOutput = output
        process.standardError = output
        // A leaked end of this pipe in another child would keep this child alive after us.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try process.run()
        try lifeline.fileHandleForReading.close()
        try output.close()
    }

    /// The absolute path of this program.
    private static let program =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        ?? CommandLine.arguments[0]

    /// Whether the process has not ended.
    var isRunning: Bool { process.isRunning }

    /// The exit code of an ended process.
    var exitCode: Int32 { process.terminationStatus }

    /// Asks the process to drain and end.
    func stop() { try? lifeline.fileHandleForWriting.close() }

    /// Waits until it has ended; kills it after the deadline. It blocks: this is the last thing that the program does, and
    /// a wait that a cancelled task cuts short would leave the child behind.
    func wait(atMost seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
