package import Foundation

/// Standard output and standard error. Only this type writes to them in both programs (`Scripts/check-rules`).
///
/// It writes by POSIX `write`, which reports the cause of a failure. Foundation's `FileHandle` and `print` end the
/// process where the disk is full or the reader has closed the stream.
package enum StandardStream: Int32, Sendable, CaseIterable {
    case output = 1
    case error = 2

    /// The reason that a stream took no more bytes, with the number taken before.
    package struct Failure: Error, Hashable, Sendable {
        /// The system's error number.
        package let code: Int32
        /// The number of bytes written before the failure.
        package let written: Int

        /// The system's words for the error.
        package var words: String { String(cString: strerror(code)) }
    }

    /// Makes the streams safe. A program calls it first.
    ///
    /// A closed reader then gives an error of `write` instead of a signal that ends the process. A stream that the
    /// parent closed gets a descriptor that refuses every write. Otherwise the next opened file (the ledger, a link)
    /// would take its number and its output.
    package static func secure() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Writes all bytes, in as many calls as the system needs. Waits at most `patience` milliseconds for a slow reader;
    /// without a number it waits as long as it takes.
    ///
    /// - Throws: ``Failure`` where the process has no such stream, the reader is too slow, or the system refuses.
    package func write(_ bytes: Data, patience: Int32? = nil) throws(Failure) {
        var written = 0
        // Inherited descriptors lack this flag, or they would not be open here. One with the flag is a file that the
        // runtime opened under our number.
        guard case let flags = fcntl(rawValue, F_GETFD), flags >= 0, flags & FD_CLOEXEC == 0 else {
            throw Failure(code: EBADF, written: written)
        }
        // A pipe that is ready takes this many bytes without blocking.
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
