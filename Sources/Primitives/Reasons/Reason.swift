/// A reason that an operator sees. Its id is the raw value, the same on the wire, in the ledger, in logs and in
/// `docs/reasons.md`, whose tables are made from these types (`make reasons`).
///
/// Each kind of reason is an enum of this folder, and a case is a row of the table. Code that reports a reason names
/// the case, so an id outside the tables does not compile.
package protocol Reason: CaseIterable, Hashable, Sendable, CustomStringConvertible, RawRepresentable<String> {
    /// The row of the table beside the id.
    var row: ReasonRow { get }
}

/// A reason that a verdict, an outcome, a fault or a halt carries over the wire or in the ledger.
package protocol RuleReason: Reason {}

extension Reason {
    package var description: String { rawValue }
    /// The cause in one line.
    package var cause: String { row.cause }
    /// What to do, in one line; empty where there is nothing to do.
    package var remedy: String { row.remedy }
}

/// The row of a reason in the table, in Markdown.
package struct ReasonRow: Hashable, Sendable {
    package let cause: String
    package let remedy: String

    /// Describes a row.
    init(_ cause: String, do remedy: String = "") {
        self.cause = cause
        self.remedy = remedy
    }
}
