/// The stable name of a rule, such as `redemption.min_age` (wallet-actions.md §9) or `checklist` (coordination.md §6).
/// Verdicts, outcomes, faults and halts carry it.
///
/// This build makes its ids from rows (``RuleReason/id``). An id from a peer or an older ledger may be missing in this
/// build's tables. At most 64 bytes of lower-case letters, digits, `_` and `.`, so that an id from a peer can be shown
/// and stored as is.
package struct RuleID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The largest number of bytes of an id.
    package static let maximumLength = 64

    /// The id as text.
    package let name: String

    /// Takes a text from outside that has the form of an id; nil for any other.
    package init?(outside name: String) {
        let allowed = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard allowed, !name.isEmpty, name.utf8.count <= Self.maximumLength else { return nil }
        self.name = name
    }

    package var description: String { name }

    /// One length byte and the id (docs/protocol/wire.md §3, §4).
    package var encoded: Bytes { [UInt8(name.utf8.count)] + Bytes(name.utf8) }

    /// Reads ``encoded``.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, or do not have the form of an id.
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        let name = try reader.bytes(Int(try reader.byte()))
        guard let text = String(validating: name, as: UTF8.self), let rule = RuleID(outside: text) else {
            throw .value(field: "rule")
        }
        self = rule
    }

    package static func < (left: RuleID, right: RuleID) -> Bool { left.name < right.name }
}

extension RuleReason {
    /// The id that verdicts, outcomes, faults and halts carry.
    package var id: RuleID {
        guard let id = RuleID(outside: rawValue) else { preconditionFailure("the ids of the table keep the form") }
        return id
    }
}
