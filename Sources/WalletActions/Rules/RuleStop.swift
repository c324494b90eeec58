package import Primitives

/// The reason that rules stopped before a result.
package enum RuleStop: Error, Hashable, Sendable {
    /// Facts are missing; ``ChainFacts/missing`` lists them.
    case pending
    /// A rule failed.
    case failed(RuleFailure)
}

/// A rule that failed, with the proposed value and the value found.
package struct RuleFailure: Hashable, Sendable {
    package let rule: RuleID
    package let failureClass: FailureClass
    package let proposed: Bytes
    package let found: Bytes

    /// Describes a failed rule. Values are for display, and cut where they are long.
    package init(_ rule: RuleID, _ failureClass: FailureClass, proposed: Bytes = [], found: Bytes = []) {
        self.rule = rule
        self.failureClass = failureClass
        self.proposed = proposed
        self.found = found
    }
}

extension RuleStop {
    /// Fails a rule in one of its classes.
    static func fail(
        _ rule: ActionRule, _ failureClass: FailureClass, proposed: some RuleValue = "", found: some RuleValue = ""
    ) -> RuleStop {
        assert(rule.classes.contains(failureClass), "\(rule.rawValue) fails in a class that its table does not have")
        return .failed(RuleFailure(rule.id, failureClass, proposed: proposed.ruleBytes, found: found.ruleBytes))
    }
}

/// A value of a verdict: integers as u64 big-endian, texts as UTF-8, bytes as they are.
protocol RuleValue {
    var ruleBytes: Bytes { get }
}

extension UInt64: RuleValue {
    var ruleBytes: Bytes {
        var bytes = Bytes()
        bytes.append(bigEndian: self)
        return bytes
    }
}

extension Int: RuleValue {
    var ruleBytes: Bytes { UInt64(clamping: self).ruleBytes }
}

extension String: RuleValue {
    var ruleBytes: Bytes { Bytes(utf8) }
}

extension Array: RuleValue where Element == UInt8 {
    var ruleBytes: Bytes { self }
}
