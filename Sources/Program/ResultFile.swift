package import Foundation
package import Primitives

/// A file that a command writes at its end, whole or not at all. It replaces an existing file.
package struct ResultFile {
    private let url: URL
    private let option: UsageReason

    /// Takes the path of an option, before the command does any work.
    ///
    /// - Throws: ``CommandFailure`` of wrong usage where no file can be made at the path.
    package init(_ path: String, option: UsageReason) throws(CommandFailure) {
        // The target of a link is written, and the link stays.
        url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        self.option = option
        let folder = url.deletingLastPathComponent().path
        var status = stat()
        // A device or a pipe would be replaced by the renamed file.
        let isOther = stat(url.path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        guard !path.isEmpty, !isOther, FileManager.default.isWritableFile(atPath: folder) else {
            throw .usage(
                option, "--\(option) \(path): no file can be made there",
                fix: "give a file, no device, pipe or folder, in a folder that can be written")
        }
    }

    /// Writes bytes to a temporary file beside the path, then renames it.
    ///
    /// - Throws: ``CommandFailure`` where the file cannot be written; an existing file stays.
    package func write(_ data: Data) throws(CommandFailure) {
        try write { data }
    }

    /// Writes a value as one line of JSON, keys sorted.
    ///
    /// - Throws: ``CommandFailure`` where the file cannot be written or the value has no JSON form; an existing file
    ///   stays.
    package func write(json value: some Encodable) throws(CommandFailure) {
        try write { try Data(lineOfJSON: value) }
    }

    private func write(_ content: () throws -> Data) throws(CommandFailure) {
        do {
            try content().write(to: url, options: .atomic)
        } catch {
            throw CommandFailure(
                unwritten: option, cause: "\(url.path) cannot be written: \(error.systemWords)",
                fix: "see that its disk has room, and that the folder can be written")
        }
    }
}
