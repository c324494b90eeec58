package import Coordination
import Primitives

/// One what-if: a change to what a node was told, made before its bundle is played (docs/simulation.md).
package enum ReplayEdit: Hashable, Sendable {
    /// The line is not told; if it tells of a message, no copy of that is.
    case drop(line: Int)
    /// The line is told so much later, among the lines that came in between; of a message every copy is.
    case delay(line: Int, milliseconds: UInt64)
    /// Nothing of an operator arrives, over its own link or another's; by its address, or the beginning of it.
    case silent(String)
    /// The process is killed and starts again right before the line.
    case restart(line: Int)
    /// The process does not stop at the line that says that it started: it goes on.
    case carryOn(line: Int)
    /// The node has another number in its profile; it still understands the others, who have the recorded one.
    case set(field: String, UInt64)

    /// Why an edit does not fit a bundle.
    package enum Failure: Error, Hashable, Sendable {
        /// There is no such line; the bundle has so many.
        case noLine(Int, of: Int)
        /// The line is none that the edit is about: which are.
        case otherLine(Int, String)
        /// No operator of the bundle's wallets, or more than one, begins so.
        case `operator`(String, matches: Int)
        /// The profile has no such number, or one that a play cannot change.
        case field(String)
        /// The number of the profile takes others.
        case range(String, ClosedRange<UInt64>)
        /// The profile would break this rule.
        case rule(ProtocolProfile.Rule)
    }

    /// Reads `drop:N`, `delay:N:MILLISECONDS`, `silent:OPERATOR`, `restart:N`, `continue:N` or `set:FIELD=NUMBER`; nil for
    /// anything else.
    package init?(_ text: some StringProtocol) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        func number(_ word: some StringProtocol) -> UInt64? {
            word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt64(word) : nil
        }
        func line() -> Int? { number(words[1]).flatMap { Int(exactly: $0) } }
        switch (words[0], words.count) {
        case ("drop", 2):
            guard let line = line() else { return nil }
            self = .drop(line: line)
        case ("delay", 3):
            guard let line = line(), let milliseconds = number(words[2]), milliseconds <= 1 << 40 else { return nil }
            self = .delay(line: line, milliseconds: milliseconds)
        case ("silent", 2):
            let hex = words[1].hasPrefix("0x") ? words[1].dropFirst(2) : words[1][...]
            guard hex.count >= 4, hex.allSatisfy(\.isHexDigit) else { return nil }
            self = .silent(hex.lowercased())
        case ("restart", 2):
            guard let line = line() else { return nil }
            self = .restart(line: line)
        case ("continue", 2):
            guard let line = line() else { return nil }
            self = .carryOn(line: line)
        case ("set", 2):
            let parts = words[1].split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let value = number(parts[1]) else { return nil }
            self = .set(field: String(parts[0]), value)
        default: return nil
        }
    }
}

extension ReplayEdit {
    /// The profile with every edit of a number in it.
    static func profile(_ recorded: ProtocolProfile, _ edits: [ReplayEdit]) throws(Failure) -> ProtocolProfile {
        var profile = recorded
        for case .set(let name, let value) in edits {
            // The windows of the record would be others.
            guard name != "frequency", name != "safeBlockShift",
                let field = ProtocolProfile.fields.first(where: { $0.name == name }),
                case .number(let path) = field.storage
            else { throw .field(name) }
            guard field.range.contains(value) else { throw .range(name, field.range) }
            profile[keyPath: path] = value
        }
        if let rule = profile.brokenRule, profile != recorded { throw .rule(rule) }
        return profile
    }

    /// The operator that an edit means.
    static func address(_ text: String, among operators: Set<EthereumAddress>) throws(Failure) -> EthereumAddress {
        let matching = operators.filter { $0.hex.hasPrefix(text) }
        guard let address = matching.first, matching.count == 1 else {
            throw .operator(text, matches: matching.count)
        }
        return address
    }
}
