package import Coordination
import Primitives

/// One what-if: a change to a node's inputs before its bundle is replayed (docs/simulation.md).
package enum ReplayEdit: Hashable, Sendable {
    /// Leave the line out; for a message, every copy of it too.
    case drop(line: Int)
    /// Give the line this much later, among the lines that came in between; for a message, every copy too.
    case delay(line: Int, milliseconds: UInt64)
    /// Drop everything of an operator, over its own link or another's. The operator is given by its address or the
    /// beginning of it.
    case silent(String)
    /// Kill the process and start it again right before the line.
    case restart(line: Int)
    /// Let the process continue at a line that records a start.
    case carryOn(line: Int)
    /// Change a number in the node's profile. The node still understands the others, which have the recorded number.
    case set(field: String, UInt64)

    /// The reason that an edit does not fit a bundle.
    package enum Failure: Error, Hashable, Sendable {
        /// The bundle has no such line; it has this many.
        case noLine(Int, of: Int)
        /// The edit does not apply to this line; the text names the lines to which it does.
        case otherLine(Int, String)
        /// The text matches no operator of the bundle's wallets, or more than one.
        case `operator`(String, matches: Int)
        /// The profile has no such number, or one that a replay cannot change.
        case field(String)
        /// The number is outside its range in the profile.
        case range(String, ClosedRange<UInt64>)
        /// The profile would break this rule.
        case rule(ProtocolProfile.Rule)
    }

    /// Parses `drop:N`, `delay:N:MILLISECONDS`, `silent:OPERATOR`, `restart:N`, `continue:N` or `set:FIELD=NUMBER`; nil
    /// for any other text.
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
    /// The profile with every number edit applied.
    static func profile(_ recorded: ProtocolProfile, _ edits: [ReplayEdit]) throws(Failure) -> ProtocolProfile {
        var profile = recorded
        for case .set(let name, let value) in edits {
            // Otherwise the windows of the record would be different ones.
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

    /// The operator that an edit names.
    static func address(_ text: String, among operators: Set<EthereumAddress>) throws(Failure) -> EthereumAddress {
        let matching = operators.filter { $0.hex.hasPrefix(text) }
        guard let address = matching.first, matching.count == 1 else {
            throw .operator(text, matches: matching.count)
        }
        return address
    }
}
