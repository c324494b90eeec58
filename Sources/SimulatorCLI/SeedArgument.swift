import Primitives
import Program

/// A seed as the user typed it.
enum SeedArgument {
    /// Parses a whole number. For `random` it draws one that fits a JSON number of any reader.
    static func value(_ text: String) throws(CommandFailure) -> UInt64 {
        let value = text == "random" ? UInt64.random(in: 0..<1 << 53) : UInt64(text)
        guard let value, !text.hasPrefix("+") else {
            throw .usage(
                .seed, "--seed \(text) is no seed", fix: "give a whole number from 0 to \(UInt64.max), or random")
        }
        return value
    }
}
