package import Coordination
import Ethereum
package import Primitives

/// The heartbeat: 16 bytes that every operator can compute (wallet-actions.md §7, §9.2).
package enum HeartbeatRules: WalletActionRules {
    static let kind = ActionKind.heartbeat

    /// `ff × 8 ‖ first 8 bytes of SHA-256(W ‖ uint64 open)`.
    package static func message(wallet: WalletPublicKeyHash, open: BlockNumber) -> Bytes {
        var bytes = wallet.bytes
        bytes.append(bigEndian: open.rawValue)
        return Bytes(repeating: 0xff, count: 8) + sha256(bytes).bytes.prefix(8)
    }

    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult {
        let state = try facts.wallet(context).state
        try context.requireIdle()
        guard state.mayAct else { return GenerationResult(.heartbeatState) }
        return GenerationResult(
            proposal: .heartbeat(message: message(wallet: context.wallet.hash, open: context.window.start)))
    }

    static func prepare(
        _ proposal: Proposal, at stage: RuleStage, _ context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) {
        // In execution neither Bitcoin nor owed redemptions are checked.
        guard stage == .proposal else { return }
        let judgement = judgement(content(of: proposal), of: context.wallet)
        try facts.prepareWallet(context, and: [.host(.call(judgement, at: context.block.reference))])
    }

    static func validate(
        _ proposal: Proposal, at stage: RuleStage, context: ActionContext, facts: inout ChainFacts
    ) throws(RuleStop) -> ActionPlan {
        let message = content(of: proposal)
        let state = try facts.wallet(context).state
        try context.requireIdle()
        let expected = Self.message(wallet: context.wallet.hash, open: context.window.start)
        guard message == expected else {
            throw .fail(.heartbeatMessage, .invalid, proposed: message, found: expected)
        }
        try facts.requireValid(
            judgement(message, of: context.wallet), at: context.block.reference,
            reverts: ["Not a valid heartbeat message": .heartbeatMessage], otherwise: .heartbeatValidator)
        // The contract does not check the state.
        guard state.mayAct else { throw .fail(.heartbeatState, .invalid, found: UInt64(state.rawValue)) }
        return ActionPlan(.message(message), context)
    }

    private static func content(of proposal: Proposal) -> Bytes {
        guard case .heartbeat(let message) = proposal else {
            preconditionFailure("the catalogue gives an action's rules to its proposals alone")
        }
        return message
    }

    /// The question to the validator.
    static func judgement(
        _ message: Bytes, of wallet: WalletIdentity
    ) -> WalletProposalValidator.ValidateHeartbeatProposal {
        WalletProposalValidator.ValidateHeartbeatProposal(
            WalletProposalValidator.HeartbeatProposal(wallet: wallet.hash.hash, message: message))
    }
}

extension Bridge.WalletState {
    /// Whether a wallet in this state may make heartbeats and redemptions.
    var mayAct: Bool { self == .live || self == .movingFunds }
}
