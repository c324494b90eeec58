import Coordination
import Ethereum
import Primitives

@testable import WalletActions

/// What a question asks, by name.
enum Asked: Hashable, Sendable {
    case block
    case wallet
    case redemptionParameters
    case redemptionConstant
    case watchtower
    case pendingRedemption(UInt256)
    case redemptionDelay(UInt256)
    case validateRedemption([Bytes], fee: UInt64)
    case validateHeartbeat(Bytes)
    case redemptionRequests
    case announcedTransactions
    case bitcoin(BitcoinQuery)

    fileprivate init?(call data: Bytes) {
        typealias Validator = WalletProposalValidator
        func asks<Call: ContractCall>(_: Call.Type) -> Call? { try? Call(decoding: data) }
        if asks(Bridge.Wallets.self) != nil {
            self = .wallet
        } else if asks(Bridge.GetRedemptionParameters.self) != nil {
            self = .redemptionParameters
        } else if asks(Bridge.GetRedemptionWatchtower.self) != nil {
            self = .watchtower
        } else if let call = asks(Bridge.PendingRedemptions.self) {
            self = .pendingRedemption(call.key)
        } else if let call = asks(RedemptionWatchtower.GetRedemptionDelay.self) {
            self = .redemptionDelay(call.key)
        } else if let proposal = asks(Validator.ValidateRedemptionProposal.self)?.proposal {
            self = .validateRedemption(
                proposal.redeemersOutputScripts.map(\.script), fee: proposal.redemptionTxFee.uint64 ?? .max)
        } else if let proposal = asks(Validator.ValidateHeartbeatProposal.self)?.proposal {
            self = .validateHeartbeat(proposal.message)
        } else if asks(Validator.RedemptionRequestMinAge.self) != nil
            || asks(Validator.RedemptionRequestTimeoutSafetyMargin.self) != nil
            || asks(Validator.RedemptionMaxSize.self) != nil
        {
            self = .redemptionConstant
        } else {
            return nil
        }
    }
}

extension ChainQuery {
    /// What it asks.
    var asks: Asked {
        switch self {
        case .bitcoin(let query): return .bitcoin(query)
        case .host(.block): return .block
        case .host(.redemptionRequests): return .redemptionRequests
        case .host(.announcedTransactions): return .announcedTransactions
        case .host(.call(_, let data, _)):
            guard let asked = Asked(call: data) else { preconditionFailure("rules ask nothing else: \(data.hex)") }
            return asked
        }
    }
}

extension ChainAnswer {
    /// What a typed call returns.
    static func returned<Call: ContractCall>(_: Call.Type, _ answer: Call.Answer) -> ChainAnswer {
        .host(.returned(Call.encode(answer: answer)))
    }

    /// The validator's yes.
    static let valid = returned(WalletProposalValidator.ValidateHeartbeatProposal.self, true)
}

extension Bridge.RedemptionParameters {
    /// The parameters that rules read.
    init(dustThreshold: UInt64, txMaxFee: UInt64, txMaxTotalFee: UInt64, timeout: UInt64) {
        self.init(
            dustThreshold: dustThreshold, treasuryFeeDivisor: 0, txMaxFee: txMaxFee, txMaxTotalFee: txMaxTotalFee,
            timeout: UInt32(clamping: timeout), timeoutSlashingAmount: UInt96(0), timeoutNotifierRewardMultiplier: 0)
    }
}
