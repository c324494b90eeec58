package import Logging
import Synchronization

/// Collects the lines of a logger, for tests of the operator's log.
package final class LogLines: Sendable {
    /// A line of the log.
    package struct Line: Sendable {
        package let level: String
        package let message: String
        package let fields: [String: String]
    }

    private let lines = Mutex<[Line]>([])

    /// Starts empty.
    package init() {}

    /// The lines so far, in order.
    package var all: [Line] { lines.withLock { $0 } }

    /// The lines with this reason.
    package func with(reason: String) -> [Line] { all.filter { $0.fields["reason"] == reason } }

    /// A logger at the operator's default level.
    package var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private func add(_ line: Line) { lines.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var logLevel = Logger.Level.info
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
            lines.add(
                Line(
                    level: event.level.rawValue, message: "\(event.message)", fields: fields.mapValues(\.description)))
        }
    }
}
