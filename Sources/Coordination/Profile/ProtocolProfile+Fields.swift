package import Primitives

extension ProtocolProfile {
    /// Where a field's value lives, and so how it is written.
    package enum Storage: Sendable {
        /// A text of at most 255 bytes; encoded with one length byte.
        case text(any WritableKeyPath<ProtocolProfile, String> & Sendable)
        /// Encoded as u64.
        case number(any WritableKeyPath<ProtocolProfile, UInt64> & Sendable)
        /// Encoded as two u32.
        case rational(any WritableKeyPath<ProtocolProfile, Rational> & Sendable)
        /// Encoded as its 20 bytes.
        case address(any WritableKeyPath<ProtocolProfile, EthereumAddress> & Sendable)
        /// Encoded as one byte, 0 or 1.
        case flag(any WritableKeyPath<ProtocolProfile, Bool> & Sendable)
    }

    /// One field: the name it has in the specification and in configuration files, and where its value lives.
    package struct Field: Sendable {
        package let name: String
        package let storage: Storage

        fileprivate init(_ name: String, _ storage: Storage) {
            self.name = name
            self.storage = storage
        }
    }

    /// Every field, in the order of the canonical encoding (docs/protocol/wire.md §1).
    package static let fields: [Field] = [
        Field("version", .text(\.version)),
        Field("frequency", .number(\.frequency)),
        Field("activePhase", .number(\.activePhase)),
        Field("passivePhase", .number(\.passivePhase)),
        Field("safeBlockShift", .number(\.safeBlockShift)),
        Field("blockSeconds", .number(\.blockSeconds)),
        Field("sweepEvery", .number(\.sweepEvery)),
        Field("movedFundsSweepEvery", .number(\.movedFundsSweepEvery)),
        Field("movingFundsEvery", .number(\.movingFundsEvery)),
        Field("heartbeat", .rational(\.heartbeat)),
        Field("reserveLeaders", .number(\.reserveLeaders)),
        Field("leaderSlot", .number(\.leaderSlot)),
        Field("reserveSlot", .number(\.reserveSlot)),
        Field("slotGuard", .number(\.slotGuard)),
        Field("reserveWait", .number(\.reserveWait)),
        Field("voteMargin", .number(\.voteMargin)),
        Field("handOverGrace", .number(\.handOverGrace)),
        Field("heartbeatValidity", .number(\.heartbeatValidity)),
        Field("redemptionValidity", .number(\.redemptionValidity)),
        Field("depositSweepValidity", .number(\.depositSweepValidity)),
        Field("movingFundsValidity", .number(\.movingFundsValidity)),
        Field("movedFundsSweepValidity", .number(\.movedFundsSweepValidity)),
        Field("attemptBlocks", .number(\.attemptBlocks)),
        Field("periodWindows", .number(\.periodWindows)),
        Field("bridge", .address(\.bridge)),
        Field("proposalValidator", .address(\.proposalValidator)),
        Field("depositLimit", .number(\.depositLimit)),
        Field("redemptionLimit", .number(\.redemptionLimit)),
        Field("messageLimit", .number(\.messageLimit)),
        Field("depositConfirmations", .number(\.depositConfirmations)),
        Field("leaderExtraConfirmations", .number(\.leaderExtraConfirmations)),
        Field("windowMargin", .number(\.windowMargin)),
        Field("leaderRefundMargin", .number(\.leaderRefundMargin)),
        Field("signingMargin", .number(\.signingMargin)),
        Field("feeTarget", .number(\.feeTarget)),
        Field("feeFloor", .number(\.feeFloor)),
        Field("feeCeiling", .number(\.feeCeiling)),
        Field("txVersion", .number(\.txVersion)),
        Field("inputSequence", .number(\.inputSequence)),
        Field("settleConfirmations", .number(\.settleConfirmations)),
        Field("faultDepth", .number(\.faultDepth)),
        Field("recheckBlocks", .number(\.recheckBlocks)),
        Field("settledDepth", .number(\.settledDepth)),
        Field("activeSeats", .number(\.activeSeats)),
        Field("weakHeartbeats", .number(\.weakHeartbeats)),
        Field("claimMargin", .number(\.claimMargin)),
        Field("readyBlocks", .number(\.readyBlocks)),
        Field("claimStagger", .number(\.claimStagger)),
        Field("objectionBlocks", .number(\.objectionBlocks)),
        Field("submitStagger", .number(\.submitStagger)),
        Field("dutyStagger", .number(\.dutyStagger)),
        Field("dkgDepth", .number(\.dkgDepth)),
        Field("owedWindows", .number(\.owedWindows)),
        Field("feeBump", .flag(\.feeBump)),
    ]
}
