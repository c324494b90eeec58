package import Primitives

extension ProtocolProfile {
    /// The storage of a field, which decides its encoding.
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

    /// One field: its name in the specification and in configuration files, and its storage.
    package struct Field: Sendable {
        package let name: String
        package let storage: Storage
        /// The range of a number. All arithmetic on values in it is safe; the rules of a profile narrow it.
        package let range: ClosedRange<UInt64>

        fileprivate init(_ name: String, _ storage: Storage, _ range: ClosedRange<UInt64> = 0...1_000_000) {
            self.name = name
            self.storage = storage
            self.range = range
        }
    }

    /// Every field, in the order of the canonical encoding (docs/protocol/wire.md §1).
    package static let fields: [Field] = [
        Field("version", .text(\.version)),
        Field("frequency", .number(\.frequency), 2...1_000_000),
        Field("activePhase", .number(\.activePhase), 1...1_000_000),
        Field("passivePhase", .number(\.passivePhase), 1...1_000_000),
        Field("safeBlockShift", .number(\.safeBlockShift), 1...1_000_000),
        Field("blockSeconds", .number(\.blockSeconds), 1...3_600),
        Field("sweepEvery", .number(\.sweepEvery), 1...1_000_000),
        Field("movedFundsSweepEvery", .number(\.movedFundsSweepEvery), 1...1_000_000),
        Field("movingFundsEvery", .number(\.movingFundsEvery), 1...1_000_000),
        Field("heartbeat", .rational(\.heartbeat)),
        Field("reserveLeaders", .number(\.reserveLeaders), 0...254),
        Field("leaderSlot", .number(\.leaderSlot), 1...1_000_000),
        Field("reserveSlot", .number(\.reserveSlot), 1...1_000_000),
        Field("slotGuard", .number(\.slotGuard)),
        Field("reserveWait", .number(\.reserveWait)),
        Field("voteMargin", .number(\.voteMargin)),
        Field("handOverGrace", .number(\.handOverGrace)),
        Field("heartbeatValidity", .number(\.heartbeatValidity)),
        Field("redemptionValidity", .number(\.redemptionValidity)),
        Field("depositSweepValidity", .number(\.depositSweepValidity)),
        Field("movingFundsValidity", .number(\.movingFundsValidity)),
        Field("movedFundsSweepValidity", .number(\.movedFundsSweepValidity)),
        Field("attemptBlocks", .number(\.attemptBlocks), 1...1_000_000),
        Field("periodWindows", .number(\.periodWindows), 1...1_000_000),
        Field("bridge", .address(\.bridge)),
        Field("proposalValidator", .address(\.proposalValidator)),
        Field("depositLimit", .number(\.depositLimit), 1...65_535),
        Field("redemptionLimit", .number(\.redemptionLimit), 1...65_535),
        Field("messageLimit", .number(\.messageLimit), 1...65_536),
        Field("depositConfirmations", .number(\.depositConfirmations), 1...1_000),
        Field("leaderExtraConfirmations", .number(\.leaderExtraConfirmations), 0...1_000),
        Field("windowMargin", .number(\.windowMargin), 0...1_000_000_000),
        Field("leaderRefundMargin", .number(\.leaderRefundMargin), 0...1_000_000_000),
        Field("signingMargin", .number(\.signingMargin)),
        Field("feeTarget", .number(\.feeTarget), 1...1_008),
        Field("feeFloor", .number(\.feeFloor), 1...1_000_000),
        Field("feeCeiling", .number(\.feeCeiling), 1...1_000_000),
        Field("txVersion", .number(\.txVersion), 1...2),
        Field("inputSequence", .number(\.inputSequence), 0...0xffff_ffff),
        Field("settleConfirmations", .number(\.settleConfirmations), 1...1_000),
        Field("faultDepth", .number(\.faultDepth)),
        Field("recheckBlocks", .number(\.recheckBlocks), 1...1_000_000),
        Field("settledDepth", .number(\.settledDepth)),
        Field("activeSeats", .number(\.activeSeats), 0...255),
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
