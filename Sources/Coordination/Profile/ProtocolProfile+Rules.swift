extension ProtocolProfile {
    /// A rule of coordination.md §2 or wallet-actions.md §1 that a profile can break.
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        case version = "version is chacha20/v1"
        case phases = "activePhase and passivePhase are above 0"
        case frequency = "frequency is above activePhase + passivePhase"
        case safeBlockShift = "safeBlockShift is at least 1 and below frequency"
        case blockSeconds = "blockSeconds is above 0"
        case intervals = "sweepEvery, movedFundsSweepEvery and movingFundsEvery are above 0"
        case heartbeat = "heartbeat is a probability: denominator above 0, numerator at most the denominator"
        case slots = "leaderSlot and reserveSlot are above 0 and every slot begins inside the active phase"
        case slotGuard = "slotGuard is below every slot"
        case reserveWait = "reserveWait + slotGuard is below every reserve's slot"
        case voteMargin = "voteMargin is below passivePhase"
        case recheckBlocks = "recheckBlocks is above 0 and below passivePhase"
        case validity = "every validity is above signingMargin and below frequency"
        case handOverGrace = "handOverGrace is below every validity less signingMargin"
        case attemptBlocks = "attemptBlocks and periodWindows are above 0"
        case limits = "depositLimit and redemptionLimit are from 1 to 65535, messageLimit from 1 to 65536"
        case fees = "feeFloor is at least 1 and at most feeCeiling"
        case transaction = "txVersion is 1 or 2 and inputSequence has 32 bits"
        case bounds = "every number is inside its range"
    }

    /// The first rule that this profile breaks; nil for a sound profile. A node refuses to start with a broken one.
    package var brokenRule: Rule? {
        // Bounding every number first lets the sums below stand without overflow.
        for field in Self.fields {
            if case .number(let path) = field.storage, self[keyPath: path] > 1 << 32 { return .bounds }
        }
        let validities = [
            heartbeatValidity, redemptionValidity, depositSweepValidity, movingFundsValidity, movedFundsSweepValidity,
        ]
        let slots = slotLengths
        let checks: [(Rule, Bool)] = [
            (.version, version == "chacha20/v1"),
            (.phases, activePhase > 0 && passivePhase > 0),
            (.frequency, frequency > activePhase + passivePhase),
            (.safeBlockShift, safeBlockShift > 0 && safeBlockShift < frequency),
            (.blockSeconds, blockSeconds > 0),
            (.intervals, sweepEvery > 0 && movedFundsSweepEvery > 0 && movingFundsEvery > 0),
            (.heartbeat, heartbeat.denominator > 0 && heartbeat.numerator <= heartbeat.denominator),
            (.slots, leaderSlot > 0 && reserveSlot > 0 && slots != nil),
            (.slotGuard, (slots ?? []).allSatisfy { slotGuard < $0 }),
            (.reserveWait, (slots ?? []).dropFirst().allSatisfy { reserveWait + slotGuard < $0 }),
            (.voteMargin, voteMargin < passivePhase),
            (.recheckBlocks, recheckBlocks > 0 && recheckBlocks < passivePhase),
            (.validity, validities.allSatisfy { $0 > signingMargin && $0 < frequency }),
            (.handOverGrace, validities.allSatisfy { handOverGrace + signingMargin < $0 }),
            (.attemptBlocks, attemptBlocks > 0 && periodWindows > 0),
            (
                .limits,
                (1...65_535).contains(depositLimit) && (1...65_535).contains(redemptionLimit)
                    && (1...65_536).contains(messageLimit)
            ),
            (.fees, feeFloor >= 1 && feeFloor <= feeCeiling),
            (.transaction, (1...2).contains(txVersion) && inputSequence < 1 << 32),
            (
                .bounds,
                Self.fields.allSatisfy { field in
                    guard case .number(let path) = field.storage else { return true }
                    return field.range.contains(self[keyPath: path])
                }
            ),
        ]
        return checks.first { !$0.1 }?.0
    }

    /// The lengths in blocks of the leader's slot and of each reserve's; nil where one would begin outside the active
    /// phase. The last slot ends with the active phase.
    package var slotLengths: [UInt64]? {
        guard reserveLeaders <= 254 else { return nil }
        var starts: [UInt64] = [0]
        for reserve in 0..<reserveLeaders { starts.append(leaderSlot + reserve * reserveSlot) }
        guard starts.allSatisfy({ $0 < activePhase }) else { return nil }
        return zip(starts, starts.dropFirst() + [activePhase]).map { $1 - $0 }
    }
}
