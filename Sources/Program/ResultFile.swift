package import Foundation

/// A file that a command writes at its end: whole or not at all, over whatever stood there.
package struct ResultFile {
    private let url: URL
    private let option: String

    /// Takes the path that an option gave, before anything is done; says so where no file can be made there.
    package init(_ path: String, option: String) throws(CommandFailure) {
        url = URL(fileURLWithPath: path)
        self.option = option
        let folder = url.deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        let stands = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard !path.isEmpty, !(stands && isFolder.boolValue), FileManager.default.isWritableFile(atPath: folder) else {
            throw .usage(
                option, "--\(option) \(path): no file can be made there",
                fix: "give a file in a folder that can be written")
        }
    }

    /// Writes bytes: to a file beside it, which then takes its name.
    package func write(_ data: Data) throws(CommandFailure) {
        try write { data }
    }

    /// Writes a value as one line of JSON, keys sorted.
    package func write(json value: some Encodable) throws(CommandFailure) {
        try write { try Data(lineOfJSON: value) }
    }

    /// The system's words for an error of Foundation's.
    private static func words(of error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let underlying, underlying.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return String(cString: strerror(Int32(underlying.code)))
    }

    private func write(_ content: () throws -> Data) throws(CommandFailure) {
        do {
            try content().write(to: url, options: .atomic)
        } catch {
            throw CommandFailure(
                reason: option, cause: "\(url.path) cannot be written: \(Self.words(of: error))",
                fix: "see that its disk has room, and that the folder can be written")
        }
    }
}
