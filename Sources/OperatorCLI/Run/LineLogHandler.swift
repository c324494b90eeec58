import Foundation
import Logging
import Program

/// Writes each log line to standard error: as text, the message first and then `key=value` by key, or as one JSON object.
struct LineLogHandler: LogHandler {
    let label: String
    let isJSON: Bool
    let stream: LogStream
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    /// Writes lines under a label.
    init(label: String, isJSON: Bool, stream: LogStream) {
        self.label = label
        self.isJSON = isJSON
        self.stream = stream
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
        if let error = event.error { fields["error"] = "\(error)" }
        stream.write(line(event.level, event.message.description, fields)) { lines, cause in
            line(.error, "log lines were lost", ["lines": "\(lines)", "cause": "\(cause)"])
        }
    }

    /// A value as one word. A value that is empty or has blanks, quotes or `=` is put into quotes, as in JSON.
    private static func quoted(_ value: String) -> String {
        guard value.isEmpty || value.contains(where: { $0.isWhitespace || "=\"\\".contains($0) }),
            let data = try? Data(lineOfJSON: value)
        else { return value }
        return String(decoding: data.dropLast(), as: UTF8.self)
    }

    private func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> Data {
        let time = Date().ISO8601Format()
        var fields = metadata.mapValues(\.description)
        if !isJSON {
            let words = fields.sorted { $0.key < $1.key }.map { " \($0)=\(Self.quoted($1))" }.joined()
            return Data("\(time) \(level) \(label): \(message)\(words)\n".utf8)
        }
        fields["time"] = time
        fields["level"] = level.rawValue
        fields["message"] = message
        return (try? Data(lineOfJSON: fields)) ?? Data()
    }
}
