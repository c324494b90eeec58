package import Coordination

/// Gives the profile that rules each window: the last one active at its index (coordination.md §2, CF4).
package struct ProfileSchedule: Hashable, Sendable {
    /// The reason that a list of profiles is not a valid schedule.
    package enum Failure: Error, Hashable, Sendable {
        /// A profile breaks one of its own rules.
        case brokenRule(ProtocolProfile.Rule, activation: WindowIndex)
        /// Two profiles begin with the same window, or the list does not ascend.
        case order(WindowIndex)
        /// A later profile has another frequency: windows would lose their indices.
        case frequency(WindowIndex)

        /// A description of the failure for operators.
        package var cause: String {
            switch self {
            case .brokenRule(let rule, let activation):
                "the profile from window \(activation) on breaks the rule \(rule.rawValue)"
            case .order(let window): "the profile from window \(window) on does not begin after the one before it"
            case .frequency(let window): "the profile from window \(window) on has another frequency than the first"
            }
        }
    }

    /// The profile from the first window on.
    package let first: ProtocolProfile
    /// The later profiles, each with its first window, ascending.
    package let next: [(activation: WindowIndex, profile: ProtocolProfile)]

    /// Checks every profile and their order.
    ///
    /// - Throws: ``Failure`` for the first profile that breaks a rule, does not come after the one before, or has
    ///   another frequency.
    package init(
        first: ProtocolProfile, next: [(activation: WindowIndex, profile: ProtocolProfile)] = []
    ) throws(Failure) {
        if let rule = first.brokenRule { throw .brokenRule(rule, activation: WindowIndex(0)) }
        var last = WindowIndex(0)
        for entry in next {
            if let rule = entry.profile.brokenRule { throw .brokenRule(rule, activation: entry.activation) }
            guard entry.activation > last else { throw .order(entry.activation) }
            guard entry.profile.frequency == first.frequency else { throw .frequency(entry.activation) }
            last = entry.activation
        }
        self.first = first
        self.next = next
    }

    /// The profile that rules a window.
    package func profile(of window: WindowIndex) -> ProtocolProfile {
        next.last { $0.activation <= window }?.profile ?? first
    }

    /// The index in the schedule of the profile that rules a window: 0 for the first.
    package func place(of window: WindowIndex) -> Int { next.count { $0.activation <= window } }

    /// The blocks between two coordination blocks, the same in every profile of a schedule.
    package var frequency: UInt64 { first.frequency }

    package static func == (left: ProfileSchedule, right: ProfileSchedule) -> Bool {
        left.first == right.first && left.next.elementsEqual(right.next) { $0 == $1 }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(first)
        for entry in next {
            hasher.combine(entry.activation)
            hasher.combine(entry.profile)
        }
    }
}
