package import Primitives

/// Tests write rule ids as literals; the sources name a row of the table.
extension RuleID: ExpressibleByStringLiteral {
    /// Takes an id of the right form; any other text is a bug of the test.
    package init(stringLiteral name: StaticString) {
        guard let rule = RuleID(outside: name.description) else { preconditionFailure("\(name) is no id") }
        self = rule
    }
}
