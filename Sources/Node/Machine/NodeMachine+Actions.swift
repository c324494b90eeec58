import Bitcoin
import Coordination
import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// Takes an agreed action over, unless the wallet still has one to finish (S7).
    mutating func dispatch(
        _ handOver: WindowMachine.HandOver, window: OpenWindow, of name: WalletPublicKeyHash, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        let start = window.window.start
        // The hand-over is on disk: the action begins after the restart.
        if isDraining { return [] }
        guard wallets[name]?.action == nil else { return [.record(.ended(key(name, start), .walletBusy))] }
        // The job before is past its expiry; messages of the new one are held until it is prepared.
        signers[name]?.machine = nil
        // Its job will not come again either: an id binds the proposal, and so the window.
        markers = markers.filter { $0.key.window.wallet != name || $0.key.window.coordinationBlock >= start }
        bound = bound.filter { $0.key.window.wallet != name || $0.key.window.coordinationBlock >= start }
        wallets[name]?.action = ActionProgress(
            window: window.window, profile: window.profile, digest: handOver.digest, proposal: handOver.proposal,
            begin: handOver.begin, deadline: handOver.expiry.subtracting(window.profile.signingMargin),
            expiry: handOver.expiry)
        return begin(.assemble(window: start), of: name, now: now, random: &random)
    }

    /// Steps 1 to 4 of wallet-actions.md §10: the rules again at `begin`, the transaction, the record with its locks, and
    /// the signers.
    mutating func assemble(
        _ start: BlockNumber, _ key: EvaluationKey, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let action = wallets[key.wallet]?.action, action.window.start == start, action.stage == .assembling,
            let window = wallets[key.wallet]?.windows[start]
        else { return [] }
        let lookup = block(action.begin, key)
        if case .missing = lookup { return ask(key) }
        guard case .found(let begin) = lookup, let context = context(window, at: begin, of: key.wallet) else {
            return []
        }
        let assembled: AssembledAction
        do throws(RuleStop) {
            assembled = try rules(key) { facts throws(RuleStop) in
                try WalletRules.assemble(action.proposal, context: context, facts: &facts)
            }
        } catch {
            switch error {
            case .pending: return ask(key)
            case .failed(let failure):
                // What cannot be told is tried again with the next block, until the deadline.
                guard failure.failureClass != .cannotTell else { return [] }
                wallets[key.wallet]?.evaluations[key.purpose] = nil
                return end(.actionFailed(failure.rule), of: key.wallet)
            }
        }
        wallets[key.wallet]?.evaluations[key.purpose] = nil
        return prepare(assembled, action, window: window, of: key.wallet, now: now, random: &random)
    }

    private mutating func prepare(
        _ assembled: AssembledAction, _ action: ActionProgress, window: OpenWindow, of name: WalletPublicKeyHash,
        now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let held = wallets[name]?.held, let slot = signers[name], let election = window.election else {
            return []
        }
        let fresh = assembled.record(
            digest: action.digest, coordinationBlock: action.window.start, deadline: action.deadline,
            expiry: action.expiry)
        var record = fresh
        if let before = wallets[name]?.records[fresh.id] {
            guard
                let renewed = before.renewed(
                    proposal: action.digest, coordinationBlock: action.window.start, deadline: action.deadline,
                    expiry: action.expiry)
            else { return end(.actionFailed("record.signed"), of: name) }
            record = renewed
        }
        let job: SigningJob
        do {
            job = try SigningJob(
                group: held.group, key: held.key, proposal: action.digest,
                inputs: assembled.inputs.map { SigningJob.Input(message: $0.message) }, begin: action.begin,
                deadline: action.deadline, leaderOrder: election.leaderOrder, arithmetic: configuration.arithmetic)
        } catch {
            return end(.actionFailed("signing.job"), of: name)
        }
        wallets[name]?.records[record.id] = record
        wallets[name]?.action?.stage = .signing(assembled)
        let reserved = markers.filter { $0.key.job == job.id }.compactMap { key, highest in
            AttemptNumbers(
                instance: key.instance, numbers: 0..<UInt32(highest % LedgerState.AttemptKey.perInstance) + 1)
        }
        let head = chain.head?.number ?? action.begin
        slot.prepare(
            job, shares: held.shares, reserved: reserved,
            bound: bound.filter { $0.key.job == job.id }.flatMap(\.value), hasReleased: record.state == .releasing,
            head: head,
            blockMilliseconds: configuration.blockMilliseconds, headClock, now: now)
        var effects: [NodeEffect] = [.record(.record(record))]
        let began = slot.machine?.began(at: head) ?? []
        effects += signing(began, of: name, now: now, random: &random)
        return effects + releaseEarly(of: name, start: action.window.start, now: now, random: &random)
    }

    /// Tells the action under way of the head.
    mutating func advanceAction(
        of name: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let head = chain.head?.number else { return [] }
        guard let action = wallets[name]?.action else {
            // An action may end before our signers do, as when its transaction is seen: the deadline is theirs too (A2).
            guard let slot = signers[name], let deadline = slot.machine?.job.deadline, head > deadline else {
                return []
            }
            let wanted = slot.machine?.deadlineReached() ?? []
            return signing(wanted, of: name, now: now, random: &random)
        }
        switch action.stage {
        case .assembling:
            guard head <= action.deadline else { return end(.actionExpired, of: name) }
            if isDraining { return [] }
            return begin(.assemble(window: action.window.start), of: name, now: now, random: &random)
        case .signing(let assembled):
            guard let slot = signers[name] else { return [] }
            let wanted = slot.machine?.blockArrived(head, now: now, random: &random) ?? []
            let effects = signing(wanted, of: name, now: now, random: &random)
            guard head > action.expiry, wallets[name]?.action?.stage == .signing(assembled) else { return effects }
            return effects + expire(assembled, of: name) + end(.actionExpired, of: name)
        case .signed:
            // The record lives on, and is pushed; the window is over.
            return head > action.expiry ? end(.actionExpired, of: name) : []
        }
    }

    /// The accepts left no longer suffice: nothing more is signed for the action.
    mutating func agreementLost(
        _ digest: ProposalDigest, of name: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let action = wallets[name]?.action, action.digest == digest else { return [] }
        switch action.stage {
        case .assembling: return end(.equivocation, of: name)
        case .signing:
            let wanted = signers[name]?.machine?.agreementLost() ?? []
            return signing(wanted, of: name, now: now, random: &random)
        case .signed: return []
        }
    }

    /// Every input is signed: the signatures are put in, checked, stored, and only then broadcast.
    mutating func complete(
        _ signatures: [SchnorrSignature], of name: WalletPublicKeyHash
    ) -> [NodeEffect] {
        // Also after the action's outcome: signatures completed late are used all the same (wallet-actions.md §10, step 5).
        guard let action = wallets[name]?.action ?? lastAction(of: name), case .signing(let assembled) = action.stage
        else { return [] }
        let id = ActionRecord.ID(wallet: name, unsigned: assembled.unsignedID)
        guard let record = wallets[name]?.records[id], record.signedBytes == nil else { return [] }
        do throws(CompletionFailure) {
            let (transaction, bytes) = try assembled.completed(by: signatures, schnorr: configuration.arithmetic)
            var effects = move(id, to: .signed(bytes))
            guard let transaction else {
                effects += move(id, to: .done(bytes))
                return effects + end(.executed, of: name)
            }
            wallets[name]?.action?.stage = .signed
            effects.append(.publish(transaction))
            return effects
        } catch {
            return expire(assembled, of: name) + end(.actionFailed("tx.script"), of: name)
        }
    }

    /// Gives the action its final outcome; the dispatcher is free.
    mutating func end(_ outcome: Outcome, of name: WalletPublicKeyHash) -> [NodeEffect] {
        guard let action = wallets[name]?.action else { return [] }
        wallets[name]?.action = nil
        wallets[name]?.evaluations[.assemble(window: action.window.start)] = nil
        return [.record(.ended(key(name, action.window.start), outcome))]
    }

    /// Ends a record that was not signed in time.
    mutating func expire(_ assembled: AssembledAction, of name: WalletPublicKeyHash) -> [NodeEffect] {
        let id = ActionRecord.ID(wallet: name, unsigned: assembled.unsignedID)
        guard let record = wallets[name]?.records[id] else { return [] }
        return move(id, to: .expired(released: record.state == .releasing))
    }

    /// Takes a record to its next step, if that step exists.
    mutating func move(_ id: ActionRecord.ID, to state: ActionRecord.State) -> [NodeEffect] {
        guard let moved = wallets[id.wallet]?.records[id]?.moved(to: state) else { return [] }
        wallets[id.wallet]?.records[id] = moved.isHeld ? moved : nil
        return [.record(.record(moved))]
    }

    // MARK: - Tracking

    /// Looks after every record that is not over, once a block: what we signed, and what others may have completed or
    /// overtaken.
    mutating func track(_ name: WalletPublicKeyHash) -> [NodeEffect] {
        guard let state = wallets[name] else { return [] }
        var effects: [NodeEffect] = []
        for id in state.records.keys {
            let purpose = EvaluationKey.Purpose.track(id)
            guard state.evaluations[purpose]?.isReading != true else { continue }
            state.evaluations[purpose] = Evaluation()
            effects += track(id, EvaluationKey(wallet: name, purpose: purpose))
        }
        return effects
    }

    mutating func track(_ id: ActionRecord.ID, _ key: EvaluationKey) -> [NodeEffect] {
        guard let record = wallets[key.wallet]?.records[id], let head = chain.head else {
            wallets[key.wallet]?.evaluations[key.purpose] = nil
            return []
        }
        let index = WindowIndex(record.coordinationBlock.rawValue / configuration.profiles.frequency)
        let profile = configuration.profiles.profile(of: index)
        let schnorr = configuration.arithmetic
        let step: RecordTracking.Step
        do throws(RuleStop) {
            step = try rules(key) { facts throws(RuleStop) in
                try RecordTracking.next(
                    record, profile: profile, head: head, facts: &facts, schnorr: schnorr)
            }
        } catch {
            guard case .pending = error else {
                // The sources cannot tell now; the next block asks again.
                wallets[key.wallet]?.evaluations[key.purpose] = nil
                return []
            }
            return ask(key)
        }
        wallets[key.wallet]?.evaluations[key.purpose] = nil
        switch step {
        case .stay: return []
        case .push(let transaction): return [.publish(transaction)]
        case .move(let state):
            let wasSettled = if case .settled = record.state { true } else { false }
            var effects = move(id, to: state)
            switch state {
            case .seen, .mined:
                if let action = wallets[key.wallet]?.action, action.window.start == record.coordinationBlock {
                    effects += end(.executed, of: key.wallet)
                }
                if wasSettled { effects += halt(key.wallet, "bitcoin_reorg_deep") }
            case .signed:
                if wasSettled { effects += halt(key.wallet, "bitcoin_reorg_deep") }
            case .conflicted:
                // A signature made now could never be defended: its transaction cannot confirm any more.
                if (wallets[key.wallet]?.action ?? lastAction(of: key.wallet))?.window.start == record.coordinationBlock
                {
                    signers[key.wallet]?.machine = nil
                }
                if let action = wallets[key.wallet]?.action, action.window.start == record.coordinationBlock {
                    effects += end(.actionFailed("record.conflicted"), of: key.wallet)
                }
            case .prepared, .releasing, .settled, .proven, .done, .expired: break
            }
            return effects
        }
    }

    /// Stops a wallet until its operator acts; other wallets see no change (DI10).
    mutating func halt(_ name: WalletPublicKeyHash, _ reason: RuleID) -> [NodeEffect] {
        guard wallets[name]?.halted == nil else { return [] }
        wallets[name]?.halted = reason
        signers[name]?.machine = nil
        var effects: [NodeEffect] = [.record(.halted(name, reason: reason))]
        effects += end(.error(reason), of: name)
        // At once, not with the next block: an accept that comes in between would hand an action over.
        for start in wallets[name]?.windows.keys ?? [] {
            guard wallets[name]?.windows[start]?.machine.outcome == nil else { continue }
            _ = wallets[name]?.windows[start]?.machine.abandon(.error(reason))
            effects.append(.record(.ended(key(name, start), .error(reason))))
        }
        return effects
    }
}

extension ActionRecord {
    /// Whether the node still needs it: something can happen to it, or another window may agree on the same transaction,
    /// whose steps then go on from these. The message of a heartbeat never comes again.
    var isHeld: Bool {
        if case .expired = state { return action != .heartbeat }
        return !isOver
    }
}
