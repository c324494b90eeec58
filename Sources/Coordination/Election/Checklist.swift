package import Primitives

/// An action that a wallet can agree to. The raw value is the action byte of the proposal codec (docs/protocol/wire.md
/// §2).
package enum ActionKind: UInt8, Hashable, Sendable, CaseIterable {
    case noop = 0
    case heartbeat = 1
    case depositSweep = 2
    case redemption = 3
    case movingFunds = 4
    case movedFundsSweep = 5

    /// The name in JSON and in the ledger.
    package var name: String {
        switch self {
        case .noop: "noop"
        case .heartbeat: "heartbeat"
        case .depositSweep: "depositSweep"
        case .redemption: "redemption"
        case .movingFunds: "movingFunds"
        case .movedFundsSweep: "movedFundsSweep"
        }
    }
}

/// The actions that a window's leader tries, in order (coordination.md §5).
package struct Checklist: Hashable, Sendable {
    /// Most urgent first; never empty, because redemption is always listed.
    package let actions: [ActionKind]

    /// Makes the checklist of a window: the intervals follow from its index, the heartbeat from stream 1 of its seed.
    package init(window: WindowIndex, seed: Hash32, profile: ProtocolProfile) {
        var actions: [ActionKind] = [.redemption]
        if window.rawValue.isMultiple(of: profile.sweepEvery) { actions.append(.depositSweep) }
        if window.rawValue.isMultiple(of: profile.movedFundsSweepEvery) { actions.append(.movedFundsSweep) }
        if window.rawValue.isMultiple(of: profile.movingFundsEvery) { actions.append(.movingFunds) }
        var generator = Generator(seed: seed, stream: .heartbeat)
        if generator.below(UInt64(profile.heartbeat.denominator)) < UInt64(profile.heartbeat.numerator) {
            actions.append(.heartbeat)
        }
        self.actions = actions
    }

    /// Whether an action may be proposed: it is listed, or it is a no-op.
    package func allows(_ action: ActionKind) -> Bool { action == .noop || actions.contains(action) }
}
