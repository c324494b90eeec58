package import Primitives

/// A probability as two whole numbers, never a float.
package struct Rational: Hashable, Sendable, CustomStringConvertible {
    package let numerator: UInt32
    package let denominator: UInt32

    /// Makes `numerator / denominator`, not reduced.
    package init(_ numerator: UInt32, _ denominator: UInt32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    package var description: String { "\(numerator)/\(denominator)" }
}

/// The constants that every member of a wallet must share (coordination.md §2, wallet-actions.md §1).
///
/// A profile is compared by its digest; the table ``fields`` names every field once and drives the encoding, the
/// difference of two profiles and the overrides of the configuration file.
package struct ProtocolProfile: Hashable, Sendable {
    /// The version of the rules.
    package var version = "chacha20/v1"

    // Windows (coordination.md §2), in blocks.
    package var frequency: UInt64 = 900
    package var activePhase: UInt64 = 80
    package var passivePhase: UInt64 = 20
    package var safeBlockShift: UInt64 = 32
    /// Chain seconds between two blocks.
    package var blockSeconds: UInt64 = 12
    package var sweepEvery: UInt64 = 4
    package var movedFundsSweepEvery: UInt64 = 4
    package var movingFundsEvery: UInt64 = 4
    package var heartbeat = Rational(1, 16)

    // Leaders, in blocks.
    package var reserveLeaders: UInt64 = 2
    package var leaderSlot: UInt64 = 40
    package var reserveSlot: UInt64 = 20
    package var slotGuard: UInt64 = 6
    package var reserveWait: UInt64 = 3

    // Agreement and execution, in blocks.
    package var voteMargin: UInt64 = 5
    package var handOverGrace: UInt64 = 20
    package var heartbeatValidity: UInt64 = 600
    package var redemptionValidity: UInt64 = 600
    package var depositSweepValidity: UInt64 = 890
    package var movingFundsValidity: UInt64 = 600
    package var movedFundsSweepValidity: UInt64 = 600
    package var attemptBlocks: UInt64 = 5
    /// Windows in a period of fault reports.
    package var periodWindows: UInt64 = 56

    // Contracts.
    package var bridge = EthereumAddress.zero
    package var proposalValidator = EthereumAddress.zero

    // Limits of a proposal.
    package var depositLimit: UInt64 = 20
    package var redemptionLimit: UInt64 = 20
    /// Bytes of the largest proposal or verdict.
    package var messageLimit: UInt64 = 65_536

    // Wallet actions (wallet-actions.md §1).
    package var depositConfirmations: UInt64 = 6
    package var leaderExtraConfirmations: UInt64 = 1
    /// Chain seconds.
    package var windowMargin: UInt64 = 1_800
    /// Chain seconds.
    package var leaderRefundMargin: UInt64 = 604_800
    package var signingMargin: UInt64 = 300
    /// Bitcoin blocks.
    package var feeTarget: UInt64 = 2
    /// sat/vB.
    package var feeFloor: UInt64 = 1
    /// sat/vB.
    package var feeCeiling: UInt64 = 1_000
    package var txVersion: UInt64 = 1
    package var inputSequence: UInt64 = 0xffff_fffd
    package var settleConfirmations: UInt64 = 6
    package var faultDepth: UInt64 = 8
    package var recheckBlocks: UInt64 = 5
    package var settledDepth: UInt64 = 32
    package var activeSeats: UInt64 = 70
    package var weakHeartbeats: UInt64 = 3
    package var claimMargin: UInt64 = 25
    package var readyBlocks: UInt64 = 20
    package var claimStagger: UInt64 = 20
    package var objectionBlocks: UInt64 = 10
    package var submitStagger: UInt64 = 5
    package var dutyStagger: UInt64 = 25
    package var dkgDepth: UInt64 = 20
    package var owedWindows: UInt64 = 6
    package var feeBump = false

    /// Makes the defaults of `mainnet`, with zero addresses.
    package init() {}

    /// Blocks after hand-over in which an action may still be executed (coordination.md §2).
    package func validity(of action: ActionKind) -> UInt64 {
        switch action {
        case .noop: 0
        case .heartbeat: heartbeatValidity
        case .redemption: redemptionValidity
        case .depositSweep: depositSweepValidity
        case .movingFunds: movingFundsValidity
        case .movedFundsSweep: movedFundsSweepValidity
        }
    }
}
