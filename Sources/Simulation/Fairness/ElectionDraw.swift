package import Coordination
package import Primitives

/// A source of numbers below a bound.
package protocol NumberDraw {
    /// Draws a number below `bound`, each with the same probability.
    mutating func below(_ bound: UInt64) -> UInt64
}

extension Generator: NumberDraw {}

/// The part of an election that the fairness tests examine.
package struct DrawnElection: Hashable, Sendable {
    /// All operators, the leader first.
    package let leaderOrder: [EthereumAddress]
    /// Whether the window has a heartbeat on its checklist.
    package let heartbeat: Bool

    /// Wraps the drawn values.
    package init(leaderOrder: [EthereumAddress], heartbeat: Bool) {
        self.leaderOrder = leaderOrder
        self.heartbeat = heartbeat
    }
}

/// The election as the fairness tests see it. Tests of these tests can replace it by a broken one.
package protocol ElectionDraw: Sendable {
    /// The source of numbers from which the election draws.
    associatedtype Numbers: NumberDraw
    /// The share of windows with a heartbeat.
    var heartbeat: Rational { get }
    /// Draws the election of a window.
    func elect(_ group: SigningGroup, safeBlockHash: Hash32, window: WindowIndex) -> DrawnElection
    /// Starts the source of numbers of a seed.
    func numbers(seed: Hash32) -> Numbers
}

/// The real election: the same code that `coord run` and `coord leader` use.
package struct ProtocolElection: ElectionDraw {
    /// The rules of the election.
    package let profile: ProtocolProfile

    /// Elects by the rules of a profile.
    package init(profile: ProtocolProfile = .mainnet) { self.profile = profile }

    package var heartbeat: Rational { profile.heartbeat }

    package func elect(_ group: SigningGroup, safeBlockHash: Hash32, window: WindowIndex) -> DrawnElection {
        let election = Election(
            wallet: group.wallet, safeBlockHash: safeBlockHash, window: window, operators: group.operators,
            profile: profile)
        return DrawnElection(
            leaderOrder: election.leaderOrder, heartbeat: election.checklist.actions.contains(.heartbeat))
    }

    package func numbers(seed: Hash32) -> Generator { Generator(seed: seed, stream: .leaderOrder) }
}
