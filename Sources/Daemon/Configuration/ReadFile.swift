import Foundation

/// Reads a file that the operator gave, or tells the reason for which it cannot be read.
enum ReadFile {
    /// The whole file; nil if it cannot be read.
    static func contents(_ path: String) -> Data? { try? Data(contentsOf: URL(filePath: path)) }

    /// The system's reason for which a file or a folder cannot be read.
    static func trouble(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else { return String(cString: strerror(errno)) }
        return status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "its disk gives nothing"
    }
}
