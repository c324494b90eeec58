import Coordination
package import Ethereum
package import Primitives
import WalletActions

/// The contracts' views as calls: the one table from call data to state.
extension BridgeState {
    /// The result of a call in a block with this time. A contract reverts without a reason on unknown or malformed call
    /// data.
    package func answer(_ contract: HostContract, _ data: Bytes, at now: UnixTime) -> Result<Bytes, CallRevert> {
        do {
            return try view(contract, data, at: now)
        } catch {
            return .failure(CallRevert(.empty))
        }
    }

    private func view(
        _ contract: HostContract, _ data: Bytes, at now: UnixTime
    ) throws(ABIFailure) -> Result<Bytes, CallRevert> {
        typealias Validator = WalletProposalValidator
        switch (contract, FunctionSelector(data.prefix(FunctionSelector.byteCount))) {
        case (.bridge, Bridge.Wallets.function.selector):
            let call = try Bridge.Wallets(decoding: data)
            return .success(Bridge.Wallets.encode(answer: wallet(WalletPublicKeyHash(call.wallet))))
        case (.bridge, Bridge.PendingRedemptions.function.selector):
            let call = try Bridge.PendingRedemptions(decoding: data)
            return .success(Bridge.PendingRedemptions.encode(answer: pendingRedemption(call.key)))
        case (.bridge, Bridge.GetRedemptionParameters.function.selector):
            return .success(Bridge.GetRedemptionParameters.encode(answer: settings.parameters))
        case (.bridge, Bridge.GetRedemptionWatchtower.function.selector):
            return .success(Bridge.GetRedemptionWatchtower.encode(answer: .zero))
        case (.validator, Validator.RedemptionRequestMinAge.function.selector):
            let age = UInt32(clamping: settings.constants.requestMinAge)
            return .success(Validator.RedemptionRequestMinAge.encode(answer: age))
        case (.validator, Validator.RedemptionRequestTimeoutSafetyMargin.function.selector):
            let margin = UInt32(clamping: settings.constants.requestTimeoutSafetyMargin)
            return .success(Validator.RedemptionRequestTimeoutSafetyMargin.encode(answer: margin))
        case (.validator, Validator.RedemptionMaxSize.function.selector):
            let size = UInt16(clamping: settings.constants.maxSize)
            return .success(Validator.RedemptionMaxSize.encode(answer: size))
        case (.validator, Validator.ValidateRedemptionProposal.function.selector):
            let proposal = try Validator.ValidateRedemptionProposal(decoding: data).proposal
            return judged(
                refusal(
                    redemptionOf: WalletPublicKeyHash(proposal.wallet),
                    scripts: proposal.redeemersOutputScripts.map(\.script),
                    fee: proposal.redemptionTxFee.uint64 ?? .max, at: now))
        case (.validator, Validator.ValidateHeartbeatProposal.function.selector):
            return judged(refusal(heartbeat: try Validator.ValidateHeartbeatProposal(decoding: data).proposal.message))
        default: return .failure(CallRevert(.empty))
        }
    }

    private func judged(_ refusal: String?) -> Result<Bytes, CallRevert> {
        if let refusal { return .failure(CallRevert(.error(refusal))) }
        return .success(WalletProposalValidator.ValidateHeartbeatProposal.encode(answer: true))
    }
}

/// A call that a contract reverted.
package struct CallRevert: Error, Hashable, Sendable {
    package let reason: RevertReason

    init(_ reason: RevertReason) { self.reason = reason }
}
