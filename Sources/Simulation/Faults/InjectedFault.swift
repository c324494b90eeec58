/// A kind of fault by its name, as presets and commands use it.
package enum InjectedFault: String, Hashable, Sendable, CaseIterable, Comparable {
    // Operators' processes.
    case crashBeforeBroadcast = "crash-before-broadcast"
    case crashDuringBroadcast = "crash-during-broadcast"
    case crashAfterBroadcast = "crash-after-broadcast"
    case crashAfterAccept = "crash-after-accept"
    case crashBeforeRelease = "crash-before-release"
    case crashAtInput = "crash-at-input"
    case tornWrite = "torn-write"
    case diskFull = "disk-full"
    case outage
    case pause
    case sleep
    case upgrade
    case missingShare = "missing-share"
    case mixedProfile = "mixed-profile"
    case otherSeats = "other-seats"
    case duplicateIdentity = "duplicate-identity"
    case mixedVersion = "mixed-version"
    case slowHandler = "slow-handler"
    case clockSkew = "clock-skew"
    // The network.
    case loss
    case duplication
    case reordering
    case delay
    case oneWayCut = "one-way-cut"
    case partition
    case tornLinks = "torn-links"
    case replay
    // The host chain.
    case silentHeads = "silent-heads"
    case staleHeads = "stale-heads"
    case staleBranch = "stale-branch"
    case headGap = "head-gap"
    case frozenHead = "frozen-head"
    case skippedHeads = "skipped-heads"
    case repeatedHeads = "repeated-heads"
    case wrongHash = "wrong-hash"
    case silentLogs = "silent-logs"
    case indexHole = "index-hole"
    case shallowReorg = "shallow-reorg"
    case deepReorg = "deep-reorg"
    // Bitcoin.
    case bitcoinSilent = "bitcoin-silent"
    case wrongBitcoin = "wrong-bitcoin"
    case bitcoinLag = "bitcoin-lag"
    case feeSpike = "fee-spike"
    case fullMempool = "full-mempool"
    case eviction
    case bitcoinReorg = "bitcoin-reorg"
    // Liars.
    case equivocation
    case impersonation
    case forgedSeat = "forged-seat"
    case lyingProposal = "lying-proposal"
    case lyingVerdict = "lying-verdict"
    case lyingSigning = "lying-signing"
    case washing
    case repeatedSession = "repeated-session"

    package static func < (left: InjectedFault, right: InjectedFault) -> Bool { left.rawValue < right.rawValue }

    /// Whether an operator sends false messages under its own key.
    package var isLie: Bool {
        switch self {
        case .equivocation, .impersonation, .forgedSeat, .lyingProposal, .lyingVerdict, .lyingSigning,
            .washing, .repeatedSession, .duplicateIdentity:
            true
        default: false
        }
    }

    /// Whether the fault disturbs only signing, within what signing tolerates, so that agreed actions are still signed.
    var leavesSigningPossible: Bool { [.washing, .repeatedSession, .tornLinks].contains(self) }

    /// The faults of a preset; nil for an unknown name.
    package static func preset(_ name: String) -> Set<InjectedFault>? {
        switch name {
        case "none": []
        case "swarm": Set(allCases)
        case "honest": Set(allCases.filter { !$0.isLie })
        case "crash-swarm":
            [
                .crashBeforeBroadcast, .crashDuringBroadcast, .crashAfterBroadcast, .crashAfterAccept,
                .crashBeforeRelease, .crashAtInput, .tornWrite, .diskFull, .outage,
            ]
        case "network": [.loss, .duplication, .reordering, .delay, .oneWayCut, .partition, .tornLinks, .replay]
        case "chains":
            [
                .silentHeads, .staleHeads, .staleBranch, .headGap, .frozenHead, .skippedHeads, .repeatedHeads,
                .wrongHash, .silentLogs, .indexHole, .shallowReorg, .deepReorg, .bitcoinSilent, .wrongBitcoin,
                .bitcoinLag, .feeSpike, .fullMempool, .eviction, .bitcoinReorg,
            ]
        case "liars": Set(allCases.filter(\.isLie))
        default: InjectedFault(rawValue: name).map { [$0] }
        }
    }

    /// The names that ``preset(_:)`` accepts besides those of single faults.
    package static let presets = ["none", "swarm", "honest", "crash-swarm", "network", "chains", "liars"]
}
