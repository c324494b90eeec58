import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// Takes up what the ledger holds of a wallet, at the first head after a start (durability-and-events.md §3).
    mutating func resume(
        _ name: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let head = chain.head?.number else { return [] }
        var effects: [NodeEffect] = []
        for (key, window) in saved.filter({ $0.key.wallet == name }).sorted(by: { $0.key < $1.key }) {
            saved[key] = nil
            effects += resume(key, window, head: head, now: now, random: &random)
        }
        return effects
    }

    private mutating func resume(
        _ key: WindowKey, _ saved: LedgerState.Window, head: BlockNumber, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        let index = WindowIndex(key.coordinationBlock.rawValue / configuration.profiles.frequency)
        let profile = configuration.profiles.profile(of: index)
        guard let group = wallets[key.wallet]?.held.group,
            let window = CoordinationWindow(openedBy: key.coordinationBlock, profile: profile)
        else { return [] }
        let last = wallets[key.wallet]?.lastWindow ?? window.start
        wallets[key.wallet]?.lastWindow = max(last, window.start)
        let isOver = head > window.begin(profile).adding(profile.handOverGrace)
        var machine = WindowMachine(
            window: window, profile: profile, domain: configuration.domain(of: window.index),
            group: group, me: configuration.me, head: head.subtracting(1))
        machine.restore(restored(saved, window: window))
        // Whoever holds a complete set by then hands over whenever it starts again (wallet-actions.md §12, `accepted`).
        if saved.handOver == nil, saved.outcomes.isEmpty, isOver, !machine.holdsAgreement {
            return [.record(.ended(key, .missed))]
        }
        wallets[key.wallet]?.windows[window.start] = OpenWindow(machine, isHeadFresh: isHeadFresh)
        wallets[key.wallet]?.ownEnvelopes[window.start] = WalletState.OwnEnvelopes(
            proposal: saved.vote.flatMap { $0.vote.form == .proposal ? $0.envelope : nil } ?? saved.repeated,
            verdict: saved.vote.flatMap { $0.vote.form == .verdict ? $0.envelope : nil },
            rejects: saved.rejects.map(\.envelope))
        wallets[key.wallet]?.foundations[window.start] = WalletState.Foundation(saved)
        let known = wallets[key.wallet]?.undecided.filter { $0.coordinationBlock == window.start } ?? []
        wallets[key.wallet]?.charged[window.start] = Set(known.map(WalletState.Charge.init))
        guard let handOver = saved.handOver, let vote = saved.vote?.vote else {
            let wanted = wallets[key.wallet]?.windows[window.start]?.machine.resume() ?? []
            return perform(wanted, window: window.start, of: key.wallet, now: now, random: &random)
        }
        return resume(
            handOver, vote, window: window, profile: profile, isAgreed: machine.holdsAgreement, key: key, now: now,
            random: &random)
    }

    /// An action was handed over: before its deadline it goes on from step 1, if the accepts that the ledger holds still
    /// suffice (threshold-signing.md B5); signed, it is looked after; else it is over.
    private mutating func resume(
        _ handOver: (digest: ProposalDigest, begin: BlockNumber, expiry: BlockNumber), _ vote: WindowMachine.Vote,
        window: CoordinationWindow, profile: ProtocolProfile, isAgreed: Bool, key: WindowKey, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        var action = ActionProgress(
            window: window, profile: profile, digest: handOver.digest, proposal: vote.proposal, begin: handOver.begin,
            deadline: handOver.expiry.subtracting(profile.signingMargin), expiry: handOver.expiry)
        let record = wallets[key.wallet]?.records.values.first { $0.coordinationBlock == window.start }
        if record?.signedBytes != nil { action.stage = .signed }
        wallets[key.wallet]?.action = action
        guard let head = chain.head?.number, action.stage == .assembling else { return [] }
        guard isAgreed, head <= action.deadline else {
            var effects: [NodeEffect] = []
            if let record, record.state == .prepared || record.state == .releasing {
                effects += move(record.id, to: .expired(released: record.state == .releasing))
            }
            return effects + end(isAgreed ? .actionExpired : .equivocation, of: key.wallet)
        }
        return begin(.assemble(window: window.start), of: key.wallet, now: now, random: &random)
    }

    private func restored(_ saved: LedgerState.Window, window: CoordinationWindow) -> WindowMachine.Saved {
        var restored = WindowMachine.Saved()
        restored.seedHash = saved.seedHash
        restored.kept = saved.kept.compactMap { kept in
            // What is in the ledger was decoded when it came; a row that cannot be is left out, not half used.
            (try? Envelope(decoding: kept.envelope)).map {
                WindowMachine.Saved.Kept(
                    envelope: $0, raw: kept.envelope, signer: kept.signer, arrival: kept.arrival)
            }
        }
        restored.vote = saved.vote.map { ($0.vote, $0.block) }
        restored.rejects = saved.rejects.compactMap { failureClass, raw in
            guard let envelope = try? Envelope(decoding: raw), let verdict = try? Verdict(decoding: envelope.payload)
            else { return nil }
            return (verdict, failureClass)
        }
        restored.outcome = saved.outcomes.first
        return restored
    }
}

extension WalletState.Foundation {
    /// What a window on disk rests on: its seed, and the coordination block that our rejects of class I read; nil where
    /// no seed was read.
    init?(_ window: LedgerState.Window) {
        guard let seedHash = window.seedHash else { return nil }
        self.seedHash = seedHash
        openHash =
            window.rejects.lazy.filter { $0.0 == .invalid }.compactMap { _, raw in
                let envelope = try? Envelope(decoding: raw)
                return envelope.flatMap { try? Verdict(decoding: $0.payload) }?.block.hash
            }.last
    }
}
