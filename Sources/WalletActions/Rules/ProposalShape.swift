import Coordination
import Primitives

/// Rule `proposal.shape`: meaningful lengths, counts and amounts, for every kind of action.
enum ProposalShape {
    /// The lengths that fit the one byte of a script's length in the contracts.
    private static let scriptLengths = 1...252

    /// Checks the shape of a proposal.
    ///
    /// - Throws: ``RuleStop/failed(_:)`` in class I.
    static func require(of proposal: Proposal, _ profile: ProtocolProfile) throws(RuleStop) {
        let fee: UInt64
        switch proposal {
        case .noop, .heartbeat: return
        case .redemption(let scripts, let amount):
            fee = amount
            guard UInt64(scripts.count) <= profile.redemptionLimit else {
                throw .fail(.proposalShape, .invalid, proposed: scripts.count, found: profile.redemptionLimit)
            }
            for script in scripts where !scriptLengths.contains(script.count) {
                throw .fail(.proposalShape, .invalid, proposed: script.count, found: scriptLengths.upperBound)
            }
        case .depositSweep(let deposits, let amount):
            fee = amount
            guard UInt64(deposits.count) <= profile.depositLimit else {
                throw .fail(.proposalShape, .invalid, proposed: deposits.count, found: profile.depositLimit)
            }
        case .movingFunds(_, let amount), .movedFundsSweep(_, _, let amount): fee = amount
        }
        guard Satoshis(fee) != nil else {
            throw .fail(.proposalShape, .invalid, proposed: fee, found: Satoshis.maximum.rawValue)
        }
    }
}
