import Coordination

/// The actions of this build. Only this type maps a kind of action to its rules.
enum ActionCatalogue {
    /// The rules of an action; nil where this build has none.
    static func rules(of kind: ActionKind) -> (any WalletActionRules.Type)? {
        switch kind {
        case .noop: NoopRules.self
        case .heartbeat: HeartbeatRules.self
        case .redemption: RedemptionRules.self
        case .depositSweep, .movingFunds, .movedFundsSweep: nil
        }
    }
}
