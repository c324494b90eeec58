/// The rules of wallet actions and the reasons that a search gives no proposal.
///
/// Ids and classes are those of wallet-actions.md §8 to §10. A rule can fail only in the classes listed here.
package enum ActionRule: String, ProposalRule {
    // Every action (section 9.1).
    case proposalShape = "proposal.shape"
    case chainHost = "chain.host"
    case chainBitcoin = "chain.bitcoin"
    case walletBusy = "wallet.busy"
    case walletMainUTXO = "wallet.main_utxo"
    case walletAgreement = "wallet.agreement"
    case checklistOwed = "checklist.owed"
    case recordSigned = "record.signed"
    // Execution (section 10).
    case walletMainUTXOMoved = "wallet.main_utxo_moved"
    // Heartbeats (section 9.2).
    case heartbeatMessage = "heartbeat.message"
    case heartbeatValidator = "heartbeat.validator"
    case heartbeatState = "heartbeat.state"
    // Redemptions (sections 8.1 and 9.2).
    case redemptionMainUTXO = "redemption.main_utxo"
    case redemptionState = "redemption.state"
    case redemptionMinSize = "redemption.min_size"
    case redemptionMaxSize = "redemption.max_size"
    case redemptionFeeZero = "redemption.fee_zero"
    case redemptionTotalFee = "redemption.total_fee"
    case redemptionNotPending = "redemption.not_pending"
    case redemptionMinAge = "redemption.min_age"
    case redemptionTimeoutMargin = "redemption.timeout_margin"
    case redemptionFeeShare = "redemption.fee_share"
    case redemptionDuplicate = "redemption.duplicate"
    case redemptionValidator = "redemption.validator"
    case redemptionEvent = "redemption.event"
    case redemptionScript = "redemption.script"
    case redemptionValue = "redemption.value"
    case redemptionAbsorbedFee = "redemption.absorbed_fee"
    case redemptionTimeoutOverflow = "redemption.timeout_overflow"
    case redemptionUnsure = "redemption.unsure"
    case redemptionNone = "redemption.none"
    // The transaction and its fee (sections 6 and 9.3).
    case txPrevouts = "tx.prevouts"
    case txSum = "tx.sum"
    case txDust = "tx.dust"
    case txWeight = "tx.weight"
    case feeFloor = "fee.floor"
    case feeCeiling = "fee.ceiling"
    case feeBand = "fee.band"
    case feeCapped = "fee.capped"
    // This build.
    case actionNotBuilt = "action.not_built"

    package var classes: Set<FailureClass> {
        switch self {
        case .proposalShape, .heartbeatMessage, .heartbeatState, .redemptionMainUTXO, .redemptionState,
            .redemptionMinSize, .redemptionMaxSize, .redemptionFeeZero, .redemptionTotalFee, .redemptionNotPending,
            .redemptionMinAge, .redemptionTimeoutMargin, .redemptionFeeShare, .redemptionDuplicate, .redemptionScript,
            .redemptionValue, .redemptionAbsorbedFee, .txSum, .txDust, .txWeight, .feeFloor, .feeCeiling:
            [.invalid]
        case .walletBusy, .checklistOwed, .recordSigned, .walletMainUTXOMoved: [.view]
        case .chainHost, .chainBitcoin, .walletMainUTXO, .txPrevouts, .redemptionUnsure, .actionNotBuilt:
            [.cannotTell]
        case .heartbeatValidator, .redemptionValidator, .redemptionEvent: [.invalid, .cannotTell]
        case .walletAgreement, .feeBand: [.view, .cannotTell]
        case .redemptionTimeoutOverflow, .redemptionNone, .feeCapped: []
        }
    }

    package var row: ReasonRow { ReasonRow(told) }

    private var told: String {
        switch self {
        case .proposalShape: "a length, a count or an amount of the proposal cannot be"
        case .chainHost:
            "the host chain cannot be read at the block in question, or its head was heard of more than three block times ago"
        case .chainBitcoin: "Bitcoin cannot be read, or our view of it is stale"
        case .walletBusy: "another action of the wallet is under way, or holds the lock of an input"
        case .walletMainUTXO: "the output that the Bridge names as main UTXO cannot be shown"
        case .walletAgreement: "the two chains do not agree: a transaction of the wallet waits for its proof"
        case .checklistOwed: "a redemption near its deadline comes first, and the proposal does not pay it"
        case .recordSigned: "the very transaction is signed already, and is pushed until it confirms"
        case .walletMainUTXOMoved: "the main UTXO is not the one that the proposal was agreed for"
        case .heartbeatMessage: "the message is not the window's"
        case .heartbeatValidator: "the validator contract refuses the heartbeat, or does not answer"
        case .heartbeatState: "the wallet is neither Live nor MovingFunds"
        case .redemptionMainUTXO: "the wallet has no main UTXO to pay from"
        case .redemptionState: "the wallet is neither Live nor MovingFunds"
        case .redemptionMinSize: "the proposal holds no request"
        case .redemptionMaxSize: "the proposal holds more requests than the validator allows"
        case .redemptionFeeZero: "the fee is zero"
        case .redemptionTotalFee: "the fee is above the Bridge's limit for one transaction"
        case .redemptionNotPending: "a request is not pending, or was vetoed"
        case .redemptionMinAge: "a request is too young, or its delay is not over"
        case .redemptionTimeoutMargin: "a request is too near its timeout"
        case .redemptionFeeShare: "a request's share of the fee is above its own limit"
        case .redemptionDuplicate: "a request is named twice"
        case .redemptionValidator: "the validator contract refuses the redemption, or does not answer"
        case .redemptionEvent: "a request's latest event is not settled; or our index lacks it"
        case .redemptionScript: "a request pays a script of no admitted kind, or the wallet itself"
        case .redemptionValue: "the requests are worth more than the main UTXO"
        case .redemptionAbsorbedFee: "fee and absorbed change are above the Bridge's limit for one transaction"
        case .redemptionTimeoutOverflow: "the redemption timeout overflows in the validator contract"
        case .redemptionUnsure: "a source could not tell about a request"
        case .redemptionNone: "no request can be paid now"
        case .txPrevouts: "a spent output is not what its transaction shows, or not the wallet's"
        case .txSum: "inputs, outputs and fee do not add up, or an output would be nothing"
        case .txDust: "an output would be below its dust limit"
        case .txWeight: "the transaction would be too large, or too small, to be relayed"
        case .feeFloor: "the fee is below the profile's floor"
        case .feeCeiling: "the fee is above the profile's ceiling"
        case .feeBand: "the fee is far from our own rates, or we have none"
        case .feeCapped: "the limits of the fee leave no room for a useful one"
        case .actionNotBuilt: "this build does not know the action yet"
        }
    }
}
