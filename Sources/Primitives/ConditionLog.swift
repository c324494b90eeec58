/// The trouble of a subject, in words for the operator.
package struct Condition: Hashable, Sendable {
    /// The reason (docs/reasons.md).
    package let reason: ConditionReason
    /// The observation, with its value.
    package let found: String
    /// The action that the operator can take.
    package let remedy: String

    /// Describes a trouble. What the operator can do is what the table of reasons says, unless something closer is known.
    package init(reason: ConditionReason, found: String, remedy: String? = nil) {
        self.reason = reason
        self.found = found
        self.remedy = remedy ?? reason.remedy.filter { $0 != "`" }
    }
}

/// Turns a stream of good and bad observations of subjects (sources, links, the clock) into log lines: one when a
/// subject turns bad, one when it is well again.
///
/// A spell of trouble begins with a bad observation and ends when the subject was well for `settle` without a break, so
/// a subject that flaps is one spell. Within a spell each reason is reported once and repetitions are counted. Subjects
/// that are well take no memory. The shell passes the time in, counted from any fixed start.
package struct ConditionLog<Subject: Hashable & Sendable>: Sendable {
    /// A line for the operator.
    package enum News: Hashable, Sendable {
        /// The subject turned bad, or has another reason within the same spell; `lasting` is the age of the spell.
        case bad(Subject, Condition, lasting: Duration)
        /// The subject is well again, with the spell's length and its number of bad observations.
        case well(Subject, after: Duration, observations: UInt64)
    }

    /// The common form in which every shell reports news: the words, and fields for the log.
    package struct Line: Hashable, Sendable {
        package let message: String
        package let fields: [String: String]
        /// Whether the subject turned bad; false where it is well again.
        package let isBad: Bool
    }

    private struct Spell {
        let start: Duration
        var reasons: Set<ConditionReason> = []
        var observations: UInt64 = 0
        /// The time of the first good observation since the last bad one.
        var wellSince: Duration?
    }

    private let settle: Duration
    private var spells: [Subject: Spell] = [:]

    /// Starts with every subject well. `settle` is how long a subject must be well before that is reported.
    package init(settle: Duration = .zero) { self.settle = settle }

    /// The subjects in trouble: those that turned bad and are not reported as well again.
    package var troubled: Set<Subject> { Set(spells.keys) }

    /// How often a subject was seen in trouble in this spell; 0 where it is well.
    package func observations(of subject: Subject) -> UInt64 { spells[subject]?.observations ?? 0 }

    /// Takes a bad observation of a subject; gives news where the reason is new in its spell.
    package mutating func bad(_ subject: Subject, _ condition: Condition, at now: Duration) -> News? {
        var spell = spells[subject] ?? Spell(start: now)
        defer { spells[subject] = spell }
        spell.wellSince = nil
        spell.observations += 1
        guard spell.reasons.insert(condition.reason).inserted else { return nil }
        return .bad(subject, condition, lasting: now - spell.start)
    }

    /// Takes a good observation of a subject; gives news where it ends a spell.
    package mutating func well(_ subject: Subject, at now: Duration) -> News? {
        guard var spell = spells[subject] else { return nil }
        let since = spell.wellSince ?? now
        guard now - since >= settle else {
            spell.wellSince = since
            spells[subject] = spell
            return nil
        }
        spells[subject] = nil
        return .well(subject, after: since - spell.start, observations: spell.observations)
    }

    /// Drops a subject that is no longer of interest: its spell ends without news.
    package mutating func forget(_ subject: Subject) { spells[subject] = nil }
}

extension ConditionLog.News {
    /// The subject of the news.
    package var subject: Subject {
        switch self {
        case .bad(let subject, _, _), .well(let subject, _, _): subject
        }
    }

    /// The line that reports the news under the subject's name.
    package func line(named name: String) -> ConditionLog.Line {
        switch self {
        case .bad(_, let condition, let lasting):
            ConditionLog.Line(
                message: "\(name): \(condition.found)",
                fields: [
                    "reason": condition.reason.rawValue, "do": condition.remedy,
                    "since": "\(lasting.components.seconds) s ago",
                ], isBad: true)
        case .well(_, let after, let observations):
            ConditionLog.Line(
                message: "\(name): well again",
                fields: ["after": "\(after.components.seconds) s", "failures": "\(observations)"], isBad: false)
        }
    }
}
