import Coordination
import Primitives

/// What somebody who picks among block hashes may want of a window; the raw value is the name in JSON.
package enum GrindingGoal: String, Hashable, Sendable, CaseIterable {
    /// To lead it.
    case lead
    /// To be one of its reserves.
    case reserve
    /// That it has a heartbeat.
    case heartbeat
    /// That it has none.
    case noHeartbeat = "no_heartbeat"

    /// The chance that one hash fulfils it.
    func chance(operators: Int, profile: ProtocolProfile) -> Double {
        let heartbeat = Double(profile.heartbeat.numerator) / Double(profile.heartbeat.denominator)
        return switch self {
        case .lead: 1 / Double(operators)
        case .reserve: Double(min(Int(profile.reserveLeaders), operators - 1)) / Double(operators)
        case .heartbeat: heartbeat
        case .noHeartbeat: 1 - heartbeat
        }
    }

    /// Whether an election fulfils it for an operator.
    func isMet(by election: Election, for address: EthereumAddress) -> Bool {
        switch self {
        case .lead: election.leader == address
        case .reserve: election.reserves.contains(address)
        case .heartbeat: election.checklist.actions.contains(.heartbeat)
        case .noHeartbeat: !election.checklist.actions.contains(.heartbeat)
        }
    }
}
