import Foundation

/// A file that the operator names, and why it cannot be read.
enum ReadFile {
    /// The whole file; nil where it cannot be read.
    static func contents(_ path: String) -> Data? { try? Data(contentsOf: URL(filePath: path)) }

    /// Why a file or a folder cannot be read, in the system's words.
    static func trouble(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else { return String(cString: strerror(errno)) }
        return status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "its disk gives nothing"
    }
}
