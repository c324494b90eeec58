import Primitives

extension ProtocolProfile {
    /// The named presets (coordination.md §2).
    package enum Preset: String, Hashable, Sendable, CaseIterable {
        case mainnet
        case rfc12
        case devnet
    }

    /// Makes the profile of a preset. `devnet` has zero addresses until its own chain sets them.
    package init(_ preset: Preset) {
        switch preset {
        case .mainnet: self = .mainnet
        case .rfc12: self = .rfc12
        case .devnet: self = .devnet
        }
    }

    /// The defaults, with the contracts of the main network (contracts.md §0).
    package static let mainnet: ProtocolProfile = {
        var profile = ProtocolProfile()
        profile.bridge = address([
            0x5e, 0x48, 0x61, 0xa8, 0x0b, 0x55, 0xf0, 0x35, 0xd8, 0x99,
            0xf6, 0x67, 0x72, 0x11, 0x7f, 0x00, 0xfa, 0x0e, 0x8e, 0x7b,
        ])
        profile.proposalValidator = address([
            0x30, 0x01, 0x9d, 0x85, 0xa8, 0x6a, 0xbd, 0x3c, 0xda, 0x11,
            0x67, 0xf4, 0xc0, 0x52, 0x69, 0x0c, 0x32, 0xfb, 0xde, 0xc2,
        ])
        return profile
    }()

    /// Plain RFC 12: sweeps every 16 windows, heartbeat 1/8, no reserves.
    package static let rfc12: ProtocolProfile = {
        var profile = ProtocolProfile.mainnet
        profile.sweepEvery = 16
        profile.movedFundsSweepEvery = 16
        profile.movingFundsEvery = 16
        profile.heartbeat = Rational(1, 8)
        profile.reserveLeaders = 0
        return profile
    }()

    /// The short windows for `coord devnet`.
    package static let devnet: ProtocolProfile = {
        var profile = ProtocolProfile()
        profile.frequency = 24
        profile.activePhase = 10
        profile.passivePhase = 4
        profile.safeBlockShift = 2
        profile.leaderSlot = 4
        profile.reserveSlot = 3
        profile.slotGuard = 1
        profile.reserveWait = 1
        profile.voteMargin = 1
        profile.handOverGrace = 2
        profile.blockSeconds = 12
        profile.windowMargin = 240
        profile.leaderRefundMargin = 3_600
        profile.sweepEvery = 2
        profile.movedFundsSweepEvery = 2
        profile.movingFundsEvery = 2
        profile.heartbeat = Rational(1, 1)
        profile.periodWindows = 8
        profile.heartbeatValidity = 16
        profile.redemptionValidity = 16
        profile.depositSweepValidity = 16
        profile.movingFundsValidity = 16
        profile.movedFundsSweepValidity = 16
        profile.signingMargin = 4
        profile.attemptBlocks = 2
        profile.faultDepth = 2
        profile.recheckBlocks = 1
        profile.settledDepth = 2
        profile.dkgDepth = 2
        profile.dutyStagger = 2
        profile.readyBlocks = 4
        profile.claimStagger = 2
        profile.objectionBlocks = 2
        profile.submitStagger = 1
        profile.claimMargin = 2
        profile.depositConfirmations = 2
        profile.settleConfirmations = 2
        return profile
    }()

    private static func address(_ bytes: Bytes) -> EthereumAddress {
        guard let address = EthereumAddress(bytes) else { preconditionFailure("an address literal has 20 bytes") }
        return address
    }
}
