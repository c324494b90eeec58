import Program

/// Prints the lines of a replay that cannot be stopped. After the first line that cannot be printed it prints no more,
/// and the command fails at the end of the replay.
final class TraceLines {
    private var failure: CommandFailure?

    /// Prints a line, unless an earlier one failed.
    func line(_ text: String) {
        guard failure == nil else { return }
        do throws(CommandFailure) {
            try Output.line(text)
        } catch {
            failure = error
        }
    }

    /// Throws the failure of a line, if there was one.
    func finish() throws(CommandFailure) { if let failure { throw failure } }
}
