package import Primitives

/// Tests name rules as people read them; the sources name a row of the table.
extension RuleID: ExpressibleByStringLiteral {
    /// Takes an id of the form; another one is a bug of the test.
    package init(stringLiteral name: StaticString) {
        guard let rule = RuleID(outside: name.description) else { preconditionFailure("\(name) is no id") }
        self = rule
    }
}
