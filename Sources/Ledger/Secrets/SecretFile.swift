import Foundation
import Primitives

/// Writes files that must not be lost: under a temporary name, synced, read back, and only then given their name.
enum SecretFile {
    /// Makes a directory with mode 0700, unless it exists.
    static func makeDirectory(_ url: URL) throws(SecretStoreFailure) {
        if mkdir(url.path, 0o700) != 0, errno != EEXIST { throw .system(url.path, code: errno) }
    }

    /// The names in a directory, sorted, without those of files that are being written.
    static func names(in directory: URL) throws(SecretStoreFailure) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path) else {
            throw .system(directory.path, code: access(directory.path, R_OK | X_OK) == 0 ? EIO : errno)
        }
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    /// The contents of a file; nil if there is no such file.
    static func read(_ url: URL) throws(SecretStoreFailure) -> Bytes? {
        let file = open(url.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(url.path, code: errno)
        }
        defer { close(file) }
        var contents = Bytes()
        var buffer = Bytes(repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(url.path, code: errno)
            }
            if count == 0 { return contents }
            contents += buffer[..<count]
        }
    }

    /// Writes a new file with mode 0600. `isRight` checks the bytes read back. An existing name is refused.
    static func write(
        _ contents: Bytes, to url: URL, isRight: (Bytes) -> Bool
    ) throws(SecretStoreFailure) {
        let name = url.lastPathComponent
        var random = SystemRandom()
        let temporary = url.deletingLastPathComponent().appending(component: ".\(name).\(random.publicBytes(8).hex)")
        let file = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system(url.path, code: errno) }
        defer { unlink(temporary.path) }
        do {
            defer { close(file) }
            var offset = 0
            while offset < contents.count {
                let count = contents.withUnsafeBytes {
                    Glibc.write(file, $0.baseAddress?.advanced(by: offset), $0.count - offset)
                }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw SecretStoreFailure.system(url.path, code: errno)
                }
                offset += count
            }
            guard fsync(file) == 0 else { throw SecretStoreFailure.system(url.path, code: errno) }
        } catch let failure as SecretStoreFailure {
            throw failure
        } catch {
            preconditionFailure("writing throws its own failures only: \(error)")
        }
        guard let stored = try read(temporary), stored == contents, isRight(stored) else { throw .altered(name) }
        // A link, unlike a rename, refuses an existing target.
        guard link(temporary.path, url.path) == 0 else {
            throw errno == EEXIST ? .exists(name) : .system(url.path, code: errno)
        }
        try syncDirectory(url.deletingLastPathComponent())
    }

    private static func syncDirectory(_ url: URL) throws(SecretStoreFailure) {
        let directory = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system(url.path, code: errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .system(url.path, code: errno) }
    }
}
