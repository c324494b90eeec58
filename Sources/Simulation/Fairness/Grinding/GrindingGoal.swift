import Coordination
import Primitives

/// A goal for a window of an attacker that picks among block hashes; the raw value is the name in JSON.
package enum GrindingGoal: String, Hashable, Sendable, CaseIterable {
    /// The attacker leads the window.
    case lead
    /// The attacker is one of its reserves.
    case reserve
    /// The window has a heartbeat.
    case heartbeat
    /// The window has no heartbeat.
    case noHeartbeat = "no_heartbeat"

    /// The chance that one hash meets the goal.
    func chance(operators: Int, profile: ProtocolProfile) -> Double {
        let heartbeat = Double(profile.heartbeat.numerator) / Double(profile.heartbeat.denominator)
        return switch self {
        case .lead: 1 / Double(operators)
        case .reserve: Double(min(Int(profile.reserveLeaders), operators - 1)) / Double(operators)
        case .heartbeat: heartbeat
        case .noHeartbeat: 1 - heartbeat
        }
    }

    /// Whether an election meets the goal for an operator.
    func isMet(by election: Election, for address: EthereumAddress) -> Bool {
        switch self {
        case .lead: election.leader == address
        case .reserve: election.reserves.contains(address)
        case .heartbeat: election.checklist.actions.contains(.heartbeat)
        case .noHeartbeat: !election.checklist.actions.contains(.heartbeat)
        }
    }
}
