import Foundation
import Primitives

/// The two streams of a command: results on standard output, everything else on standard error.
package enum Output {
    /// Prints a line of results.
    ///
    /// - Throws: ``CommandFailure`` where standard output cannot be written.
    package static func line(_ text: String) throws(CommandFailure) { try result(Data((text + "\n").utf8)) }

    /// Reports what a command has done: on standard output, and where that cannot be written on standard error. It
    /// never fails, because the command's work is already done and the exit code says so.
    package static func done(_ text: String) {
        do throws(CommandFailure) { try line(text) } catch { self.error(text) }
    }

    /// Prints a value as one line of JSON, keys sorted.
    ///
    /// - Throws: ``CommandFailure`` where standard output cannot be written, and `EncodingError` where the value has no
    ///   JSON form.
    package static func json(_ value: some Encodable) throws { try result(try Data(lineOfJSON: value)) }

    /// Prints a line on standard error.
    package static func error(_ text: String) { remark(text + "\n") }

    /// Prints a part of a line, such as progress, on standard error. A failed write is ignored: the exit code carries
    /// the result.
    package static func remark(_ text: String) { try? StandardStream.error.write(Data(text.utf8)) }

    private static func result(_ bytes: Data) throws(CommandFailure) {
        do throws(StandardStream.Failure) {
            try StandardStream.output.write(bytes)
        } catch {
            throw CommandFailure(
                .output, cause: "standard output cannot be written: \(error.words)",
                fix: "let it go to a file with room, or to a reader that stays")
        }
    }
}
