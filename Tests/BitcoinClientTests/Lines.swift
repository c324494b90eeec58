import Logging
import Synchronization

/// Keeps what is logged, with its metadata.
struct Lines: LogHandler {
    private final class Kept: Sendable {
        let lines = Mutex<[String]>([])
    }

    private let kept = Kept()
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info

    var all: [String] { kept.lines.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(event.message) \(event.metadata ?? [:])"
        kept.lines.withLock { $0.append(line) }
    }
}
