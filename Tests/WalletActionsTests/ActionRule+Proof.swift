import Primitives
import WalletActions

/// What shows to everybody that a proposal breaks a rule of class I.
enum ChainProof: Hashable, Sendable {
    /// The proposal's bytes and the profile, which are the same to all.
    case bytes
    /// A contract call at the coordination block.
    case call
    /// The bytes and contract calls at the coordination block. The main UTXO counts as one: the contract's hash of it
    /// names one output and its value.
    case bytesAndCalls
    /// An event that is on the chain, below the coordination block. That an event is *not* there proves nothing: our index
    /// may have a hole.
    case presentEvent
}

extension ActionRule {
    /// What proves a failure of class I; nil where the rule has none. A rule that rests on our own view (what Bitcoin
    /// shows, our records, the absence of something in our index) has no proof, and fails in class V or U alone
    /// (wallet-actions.md §9).
    var proof: ChainProof? {
        switch self {
        case .proposalShape, .heartbeatMessage: .bytes
        case .heartbeatState, .heartbeatValidator, .redemptionMainUTXO, .redemptionState: .call
        case .redemptionMinSize, .redemptionMaxSize, .redemptionFeeZero, .redemptionTotalFee, .redemptionNotPending,
            .redemptionMinAge, .redemptionTimeoutMargin, .redemptionFeeShare, .redemptionDuplicate,
            .redemptionValidator:
            .call
        case .redemptionScript: .bytes
        case .redemptionValue, .redemptionAbsorbedFee, .txSum, .txDust, .txWeight, .feeFloor, .feeCeiling:
            .bytesAndCalls
        case .redemptionEvent: .presentEvent
        case .chainHost, .chainBitcoin, .walletBusy, .walletMainUTXO, .walletAgreement, .checklistOwed, .recordSigned,
            .walletMainUTXOMoved, .redemptionTimeoutOverflow, .redemptionUnsure, .redemptionNone, .txPrevouts, .feeBand,
            .feeCapped, .actionNotBuilt:
            nil
        }
    }
}
