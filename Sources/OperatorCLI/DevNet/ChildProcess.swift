import Foundation
import Primitives
import Program

/// A child process that ends with its parent: its standard input is a pipe whose other end the parent holds.
///
/// Uses `posix_spawn` and `waitpid`. Foundation's `Process` sometimes misses the end of a child that ends right after
/// its start, and then waits for ever.
final class ChildProcess {
    let identifier: pid_t
    private var lifeline: FileHandle?
    private var status: Int32?
    private static let starting = NSLock()

    /// Starts a program with its output and its errors in existing files (one file may serve for both).
    ///
    /// The child leads a process group of its own, so that an interrupt at the terminal reaches only us.
    init(program: String, arguments: [String], output: URL, errors: URL) throws {
        let failed = { (cause: String) in
            CommandFailure(.processStart, cause: "\(program): \(cause)", fix: "check memory and open files")
        }
        // A copy of this end that leaked into a child started meanwhile would keep this one alive after the parent.
        Self.starting.lock()
        defer { Self.starting.unlock() }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failed("no pipe can be had") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let write = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        let read = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, read.fileDescriptor, STDIN_FILENO)
        for (stream, file) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
            posix_spawn_file_actions_addopen(&actions, stream, file.path, O_WRONLY | O_APPEND, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child must receive the signals that this process ignores or blocks.
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, program, &actions, &attributes, &words, environ)
        guard code == 0 else { throw failed(String(cString: strerror(code))) }
        self.identifier = identifier
        lifeline = write
    }

    /// Whether the process still runs.
    var isRunning: Bool {
        if status == nil {
            var word: Int32 = 0
            if waitpid(identifier, &word, WNOHANG) == identifier { status = word }
        }
        return status == nil
    }

    /// The exit code of an ended process; after a signal, 128 plus the signal's number. Nil while it runs.
    var exitCode: Int32? {
        guard !isRunning, let status else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// A description of how the process ended; nil while it runs.
    var ending: String? {
        guard !isRunning, let status else { return nil }
        let signal = status & 0x7f
        return signal == 0
            ? "ended with exit code \((status >> 8) & 0xff)"
            : "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    }

    /// Asks the process to drain and end, by closing its standard input.
    func stop() { lifeline = nil }

    /// Sends a signal, unless the process has ended.
    func signal(_ signal: Int32) {
        if isRunning { kill(identifier, signal) }
    }

    /// Waits until the process has ended, and kills it after the deadline. It blocks: this is the last step of the
    /// program, and a wait that a cancelled task cuts short would leave the child behind.
    func wait(atMost seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        signal(SIGKILL)
        while isRunning { Thread.sleep(forTimeInterval: 0.002) }
    }
}
