import Foundation

/// Reads a file that the operator gave, or tells the reason for which it cannot be read.
enum ReadFile {
    /// The whole file; nil if it cannot be read.
    static func contents(_ path: String) -> Data? { try? Data(contentsOf: URL(filePath: path)) }

    /// The system's reason for which a folder cannot be listed.
    static func trouble(listing path: String) -> String {
        guard let folder = opendir(path) else { return String(cString: strerror(errno)) }
        closedir(folder)
        return unexplained
    }

    /// The system's reason for which a file cannot be read.
    static func trouble(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else { return String(cString: strerror(errno)) }
        return status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : unexplained
    }

    /// Said if the system allows what failed a moment ago.
    private static let unexplained = "its disk gives nothing"
}
