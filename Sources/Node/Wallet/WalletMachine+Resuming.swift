import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension WalletMachine {
    /// Continues from the ledger's content, at the first head after a start (durability-and-events.md §3).
    mutating func resume(_ turn: inout NodeTurn<some SecureRandom>) {
        if let reason = state.halted {
            for start in saved.keys.sorted() { turn.effects.append(.record(.ended(key(start), .error(reason)))) }
            saved = [:]
        }
        for (start, window) in saved.sorted(by: { $0.key < $1.key }) {
            saved[start] = nil
            resume(start, window, &turn)
            settle(&turn)
        }
    }

    private mutating func resume(
        _ start: BlockNumber, _ saved: LedgerState.Window, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let index = WindowIndex(start.rawValue / configuration.profiles.frequency)
        let profile = configuration.profiles.profile(of: index)
        guard let head = turn.node.chain.head?.number,
            let window = CoordinationWindow(openedBy: start, profile: profile)
        else { return }
        lastWindow = max(lastWindow, start)
        let isOver = head > window.verdictsEnd(profile)
        var machine = machine(of: window, profile: profile, head: head.subtracting(1))
        machine.restore(Self.restored(saved))
        // An operator that holds a complete set by then hands over whenever it starts again (wallet-actions.md §12,
        // `accepted`).
        if saved.handOver == nil, saved.outcomes.isEmpty, isOver, !machine.holdsAgreement {
            turn.effects.append(.record(.ended(key(start), .missed)))
            return
        }
        let isAgreed = machine.holdsAgreement
        let run = WindowRun(machine, isHeadFresh: turn.node.isHeadFresh)
        run.own = WindowRun.OwnEnvelopes(
            proposal: saved.vote.flatMap { $0.vote.form == .proposal ? $0.envelope : nil } ?? saved.repeated,
            verdict: saved.vote.flatMap { $0.vote.form == .verdict ? $0.envelope : nil },
            rejects: saved.rejects.map(\.envelope))
        run.charged = Set(undecided.filter { $0.coordinationBlock == start }.map(WindowRun.Charge.init))
        windows[start] = run
        blockHashes[start] = WindowBlockHashes(saved)
        guard let handOver = saved.handOver, let vote = saved.vote?.vote else {
            return push(run.machine.resume(), start)
        }
        let action = AgreedAction(
            window: window, profile: profile, digest: handOver.digest, proposal: vote.proposal, begin: handOver.begin,
            deadline: handOver.expiry.subtracting(profile.signingMargin), expiry: handOver.expiry)
        resume(action, isAgreed: isAgreed, head: head, &turn)
    }

    /// Continues an action that was handed over. Before its deadline it goes on from step 1, if the accepts in the
    /// ledger still suffice (threshold-signing.md B5). A signed action is tracked. Any other is over.
    private mutating func resume(
        _ action: AgreedAction, isAgreed: Bool, head: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let record = records.values.first { $0.coordinationBlock == action.window.start }
        guard record?.signedBytes == nil else {
            state = .pushed(action, answering: nil)
            return
        }
        state = .assembling(action)
        guard isAgreed, head <= action.deadline else {
            if let record, record.state == .prepared || record.state == .releasing {
                move(record.id, to: .expired(released: record.state == .releasing), &turn)
            }
            return end(isAgreed ? .actionExpired : .equivocation, &turn)
        }
        begin(.assemble(window: action.window.start))
    }

    private static func restored(_ saved: LedgerState.Window) -> WindowMachine.Saved {
        var restored = WindowMachine.Saved()
        restored.seedHash = saved.seedHash
        restored.kept = saved.kept.compactMap { kept in
            // Envelopes in the ledger were decoded when they arrived. A row that cannot be decoded is left out, not
            // half used.
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
