import Foundation
import Program

/// A file that a command writes at its end: whole or not at all, over whatever stood there.
struct ResultFile {
    private let url: URL

    /// Takes the path, before anything is played; says so where no file can be made there.
    init(path: String) throws(CommandFailure) {
        url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        let stands = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard !path.isEmpty, !(stands && isFolder.boolValue), FileManager.default.isWritableFile(atPath: folder) else {
            throw .usage(
                "json", "--json \(path): no file can be made there", fix: "give a file in a folder that can be written")
        }
    }

    /// Writes one line of JSON, keys sorted: to a file beside it, which then takes its name.
    func write(_ value: some Encodable) throws(CommandFailure) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try (encoder.encode(value) + Data("\n".utf8)).write(to: url, options: .atomic)
        } catch {
            throw CommandFailure(
                reason: "json", cause: "\(url.path) cannot be written: \(error)", fix: "look at the disk")
        }
    }
}
