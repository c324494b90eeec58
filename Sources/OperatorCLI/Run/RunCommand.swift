package import ArgumentParser
import Daemon
import Foundation
import Logging
import Program

/// `coord run`: the daemon.
package struct RunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs the node of one operator until it is told to stop.")

    @Option(help: ArgumentHelp("The configuration file.", valueName: "FILE"))
    var config: String = "coord.toml"

    /// Required by the argument parser.
    package init() {}

    /// Runs until SIGTERM, SIGINT, or the end of standard input where standard input is a pipe.
    package func run() async throws {
        let configuration = try DaemonConfiguration(file: config)
        let stream = LogStream()
        var logger = Logger(label: "coord") {
            LineLogHandler(label: $0, isJSON: configuration.logsJSON, stream: stream)
        }
        logger.logLevel = configuration.logLevel
        do throws(DaemonFailure) {
            try await Daemon.run(
                configuration: configuration, build: Build.version, logger: logger, lifeline: StandardInput.lifeline)
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// Standard input as a lifeline: it closes when the parent dies.
enum StandardInput {
    /// Waits for the end of standard input; nil where it is not a pipe (a terminal, a file, /dev/null of a service).
    static var lifeline: (@Sendable () async -> Void)? {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(STDIN_FILENO)")
        guard target?.hasPrefix("pipe:") == true else { return nil }
        return {
            let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
            let thread = Thread {
                var byte: UInt8 = 0
                while true {
                    let count = read(STDIN_FILENO, &byte, 1)
                    if count == 0 || (count < 0 && errno != EINTR) { break }
                }
                continuation.finish()
            }
            thread.start()
            for await _ in stream {}
        }
    }
}
