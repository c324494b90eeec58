import Foundation

/// The two streams of a command: results on standard output, everything else on standard error.
package enum Output {
    /// Prints a line of results.
    package static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    /// Prints what is no result.
    package static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Prints a value as one line of JSON, keys sorted.
    package static func json(_ value: some Encodable) throws {
        FileHandle.standardOutput.write(try Data(lineOfJSON: value))
    }
}
