extension ProtocolProfile {
    /// A rule of coordination.md §2 or wallet-actions.md §1 that a profile can break.
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        case bounds = "every number is inside its range"
        case version = "version is chacha20/v1"
        case frequency = "frequency is above activePhase + passivePhase"
        case safeBlockShift = "safeBlockShift is below frequency"
        case heartbeat = "heartbeat is a probability: denominator above 0, numerator at most the denominator"
        case slots = "every slot begins inside the active phase"
        case slotGuard = "slotGuard is below every slot"
        case reserveWait = "reserveWait + slotGuard is below every reserve's slot"
        case voteMargin = "voteMargin is below passivePhase"
        case recheckBlocks = "recheckBlocks is below passivePhase"
        case validity = "every validity is above signingMargin and below frequency"
        case handOverGrace = "handOverGrace is below every validity less signingMargin"
        case fees = "feeFloor is at most feeCeiling"
    }

    /// The first rule that this profile breaks; nil for a valid profile. A node refuses to start with an invalid one.
    package var brokenRule: Rule? {
        // The ranges (``Field/range``) are checked first: inside them the sums below do not overflow.
        let isInside = Self.fields.allSatisfy { field in
            guard case .number(let path) = field.storage else { return true }
            return field.range.contains(self[keyPath: path])
        }
        guard isInside else { return .bounds }
        let validities = [
            heartbeatValidity, redemptionValidity, depositSweepValidity, movingFundsValidity, movedFundsSweepValidity,
        ]
        let slots = slotLengths
        let checks: [(Rule, Bool)] = [
            (.version, version == "chacha20/v1"),
            (.frequency, frequency > activePhase + passivePhase),
            (.safeBlockShift, safeBlockShift < frequency),
            (.heartbeat, heartbeat.denominator > 0 && heartbeat.numerator <= heartbeat.denominator),
            (.slots, slots != nil),
            (.slotGuard, (slots ?? []).allSatisfy { slotGuard < $0 }),
            (.reserveWait, (slots ?? []).dropFirst().allSatisfy { reserveWait + slotGuard < $0 }),
            (.voteMargin, voteMargin < passivePhase),
            (.recheckBlocks, recheckBlocks < passivePhase),
            (.validity, validities.allSatisfy { $0 > signingMargin && $0 < frequency }),
            (.handOverGrace, validities.allSatisfy { handOverGrace + signingMargin < $0 }),
            (.fees, feeFloor <= feeCeiling),
        ]
        return checks.first { !$0.1 }?.0
    }

    /// The lengths in blocks of the leader's slot and of each reserve's slot. Nil if a slot would begin outside the
    /// active phase. The last slot ends with the active phase. Every number is inside its range.
    private var slotLengths: [UInt64]? {
        var starts: [UInt64] = [0]
        for reserve in 0..<reserveLeaders { starts.append(leaderSlot + reserve * reserveSlot) }
        guard starts.allSatisfy({ $0 < activePhase }) else { return nil }
        return zip(starts, starts.dropFirst() + [activePhase]).map { $1 - $0 }
    }
}
