package import Foundation

/// Standard output and standard error: the one place of both programs that writes to them (`Scripts/check-rules`).
///
/// It writes by POSIX `write`, which says why it failed. Foundation's `FileHandle` and `print` end the process where the
/// disk is full or the reader went away.
package enum StandardStream: Int32, Sendable, CaseIterable {
    case output = 1
    case error = 2

    /// Why a stream took nothing more, and how much it took before.
    package struct Failure: Error, Hashable, Sendable {
        /// The system's error number.
        package let code: Int32
        /// Bytes that were written before.
        package let written: Int

        /// The system's words for it.
        package var words: String { String(cString: strerror(code)) }
    }

    /// Makes the streams safe; the first thing that a program does.
    ///
    /// A reader that went away is an error of `write`, not a signal that ends the process. A stream that the parent closed
    /// gets a descriptor that refuses every write, or the next file that is opened (the ledger, a link) would take its
    /// number and its output.
    package static func secure() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Writes all bytes, in as many calls as the system takes. Waits at most so many milliseconds for a reader that is
    /// behind, without a number as long as it takes.
    ///
    /// - Throws: ``Failure`` where the process has no such stream, the reader is behind for too long, or the system
    ///   refuses.
    package func write(_ bytes: Data, patience: Int32? = nil) throws(Failure) {
        var written = 0
        // What was inherited lacks this flag, or it would not be here: under our number the runtime opened a file of its own.
        guard case let flags = fcntl(rawValue, F_GETFD), flags >= 0, flags & FD_CLOEXEC == 0 else {
            throw Failure(code: EBADF, written: written)
        }
        // A pipe that is ready takes this much without blocking.
        let most = patience == nil ? Int.max : Int(PIPE_BUF)
        while written < bytes.count {
            var ready = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
            let polled = poll(&ready, 1, patience ?? -1)
            guard polled != 0 else { throw Failure(code: ETIMEDOUT, written: written) }
            let count =
                polled < 0
                ? -1
                : bytes.withUnsafeBytes {
                    Glibc.write(rawValue, $0.baseAddress?.advanced(by: written), min($0.count - written, most))
                }
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else { throw Failure(code: errno, written: written) }
            } else if count == 0 {
                throw Failure(code: EIO, written: written)
            } else {
                written += count
            }
        }
    }
}
