package import Primitives

/// A kind of fault of an operator (coordination.md §9).
package enum FaultKind: UInt8, Hashable, Sendable, CaseIterable {
    case leaderIdleness = 1
    case leaderMistake = 2
    case leaderImpersonation = 3
    case leaderEquivocation = 4
    case verdictEquivocation = 5
    case signingEquivocation = 6
    case invalidSigningMessage = 7
    case invalidKeyMessage = 8
    case absence = 9

    /// The stable name.
    package var name: String {
        let reason: FaultReason =
            switch self {
            case .leaderIdleness: .leaderIdleness
            case .leaderMistake: .leaderMistake
            case .leaderImpersonation: .leaderImpersonation
            case .leaderEquivocation: .leaderEquivocation
            case .verdictEquivocation: .verdictEquivocation
            case .signingEquivocation: .signingEquivocation
            case .invalidSigningMessage: .invalidSigningMessage
            case .invalidKeyMessage: .invalidKeyMessage
            case .absence: .absence
            }
        return reason.rawValue
    }
}

/// A fault with its evidence.
package struct Fault: Hashable, Sendable {
    package let kind: FaultKind
    package let culprit: EthereumAddress
    package let wallet: WalletPublicKeyHash
    package let coordinationBlock: BlockNumber
    /// The broken rule, if the kind does not determine it.
    package let rule: RuleID?
    /// The signed envelopes, exactly as received. Idleness and absence have none: they are local observations.
    package let evidence: [Bytes]

    /// Charges an operator with a fault.
    package init(
        kind: FaultKind, culprit: EthereumAddress, wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber,
        rule: RuleID? = nil, evidence: [Bytes] = []
    ) {
        self.kind = kind
        self.culprit = culprit
        self.wallet = wallet
        self.coordinationBlock = coordinationBlock
        self.rule = rule
        self.evidence = evidence
    }

    /// Whether the fault rests on blocks that may still change, so that it counts only once they are final. This holds
    /// for faults that follow from the leader order or from validation.
    package var isProvisional: Bool {
        switch kind {
        case .leaderMistake, .leaderImpersonation: true
        case .leaderIdleness, .leaderEquivocation, .verdictEquivocation, .signingEquivocation, .invalidSigningMessage,
            .invalidKeyMessage, .absence:
            false
        }
    }
}
