import Program

/// The lines of a play that goes on by itself: the first one that cannot be printed is the last, and fails the command when
/// the play is over.
final class TraceLines {
    private var failure: CommandFailure?

    /// Prints a line, unless one before failed.
    func line(_ text: String) {
        guard failure == nil else { return }
        do throws(CommandFailure) {
            try Output.line(text)
        } catch {
            failure = error
        }
    }

    /// Throws what failed.
    func finish() throws(CommandFailure) { if let failure { throw failure } }
}
