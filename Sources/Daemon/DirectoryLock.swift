import Foundation
import Primitives

/// The lock that keeps a second process out of a data directory while the first one runs (durability-and-events.md
/// ST11).
struct DirectoryLock: Sendable {
    private let file: Int32

    /// Locks the directory; exit 11 if another process holds the lock.
    init(_ directory: URL) throws(DaemonFailure) {
        let path = directory.appending(component: "lock").path
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw DaemonFailure(
                .storageDirectory,
                cause: "\(path) cannot be opened: \(String(cString: strerror(errno)))",
                fix: "check storage.directory, its owner and mode, and its disk")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw DaemonFailure(
                .storageLocked, cause: "another process uses \(directory.path)",
                fix: "stop it, or give another storage.directory")
        }
        ftruncate(file, 0)
        let owner = "\(getpid())\n"
        _ = owner.withCString { write(file, $0, strlen($0)) }
    }

    /// Releases the lock.
    func release() { close(file) }
}
