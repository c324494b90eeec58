import Bitcoin
import Coordination
import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

extension WalletMachine {
    /// Starts an agreed action, unless the wallet still has one to finish (S7).
    mutating func dispatch(
        _ handOver: WindowMachine.HandOver, window: WindowRun, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let start = window.window.start
        // The hand-over is on disk: the action begins after the restart.
        if turn.node.isDraining {
            postponed = start
            return
        }
        guard state.action == nil, state.halted == nil else {
            turn.effects.append(.record(.ended(key(start), state.halted.map(Outcome.error) ?? .walletBusy)))
            return
        }
        // Job ids bind the proposal, and so the window: the id of the previous job will not come again.
        markers = markers.filter { $0.key.window.coordinationBlock >= start }
        bound = bound.filter { $0.key.window.coordinationBlock >= start }
        // The previous signers are past their expiry. Messages of the new job are held until it is prepared.
        state = .assembling(
            AgreedAction(
                window: window.window, profile: window.profile, digest: handOver.digest, proposal: handOver.proposal,
                begin: handOver.begin, deadline: handOver.expiry.subtracting(window.profile.signingMargin),
                expiry: handOver.expiry))
        begin(.assemble(window: start))
    }

    /// Steps 1 to 4 of wallet-actions.md §10: checks the rules again at `begin`, builds the transaction, and makes the
    /// record with its locks and the signers.
    mutating func assemble(_ start: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>) {
        let purpose = EvaluationKey.Purpose.assemble(window: start)
        // After a restart the head may lag behind the one at which the action was handed over. The action then starts
        // once the head reaches it.
        guard case .assembling(let action) = state, action.window.start == start, let window = windows[start],
            let head = turn.node.chain.head?.number, head >= action.begin
        else { return }
        let lookup = block(action.begin, purpose, turn.node)
        if case .missing = lookup { return ask(purpose, &turn) }
        guard case .found(let begin) = lookup else { return }
        let assembled: AssembledAction
        let context = context(window, at: begin)
        do throws(RuleStop) {
            assembled = try rules(purpose) { facts throws(RuleStop) in
                try WalletRules.assemble(action.proposal, context: context, facts: &facts)
            }
        } catch {
            switch error {
            case .pending: return ask(purpose, &turn)
            case .failed(let failure):
                // A question that the sources cannot answer is tried again with the next block, until the deadline.
                guard failure.failureClass != .cannotTell else { return }
                evaluations[purpose] = nil
                return end(.actionFailed(failure.rule), &turn)
            }
        }
        evaluations[purpose] = nil
        prepare(assembled, action, window: window, &turn)
    }

    private mutating func prepare(
        _ assembled: AssembledAction, _ action: AgreedAction, window: WindowRun,
        _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard let election = window.election else { return }
        let fresh = assembled.record(
            digest: action.digest, coordinationBlock: action.window.start, deadline: action.deadline,
            expiry: action.expiry)
        var record = fresh
        if let before = records[fresh.id] {
            guard
                let renewed = before.renewed(
                    proposal: action.digest, coordinationBlock: action.window.start, deadline: action.deadline,
                    expiry: action.expiry)
            else { return end(.actionFailed(ActionFailure.recordSigned.id), &turn) }
            record = renewed
        }
        let job: SigningJob
        do {
            job = try SigningJob(
                group: held.group, key: held.key, proposal: action.digest,
                inputs: assembled.inputs.map { SigningJob.Input(message: $0.message) }, begin: action.begin,
                deadline: action.deadline, leaderOrder: election.leaderOrder, arithmetic: configuration.arithmetic)
        } catch {
            return end(.actionFailed(ActionFailure.signingJob.id), &turn)
        }
        records[record.id] = record
        let reserved = markers.filter { $0.key.job == job.id }.compactMap { key, highest in
            AttemptNumbers(
                instance: key.instance, numbers: 0..<UInt32(highest % LedgerState.AttemptKey.perInstance) + 1)
        }
        let head = turn.node.chain.head?.number ?? action.begin
        let run = SigningRun(
            job, shares: held.shares, reserved: reserved,
            bound: bound.filter { $0.key.job == job.id }.flatMap(\.value), hasReleased: record.state == .releasing,
            head: head, blockMilliseconds: configuration.blockMilliseconds, turn.node.headClock, now: turn.now)
        state = .signing(action, assembled, run)
        turn.effects.append(.record(.record(record)))
        let began = FinishedJob(action: action, unsigned: assembled, run: run)
        perform(run.machine.began(at: head), of: began, &turn)
        releaseEarly(began, &turn)
    }

    /// Tells the action in progress about the new head.
    mutating func advanceAction(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let head = turn.node.chain.head?.number else { return }
        switch state {
        case .idle(let job):
            // An action may end before our signers do, for example when its transaction is seen. The deadline applies
            // to the signers too (A2).
            guard let job, head > job.action.deadline else { return }
            perform(job.run.machine.deadlineReached(), of: job, &turn)
        case .assembling(let action):
            guard head <= action.deadline else { return end(.actionExpired, &turn) }
            if turn.node.isDraining { return }
            begin(.assemble(window: action.window.start))
        case .signing(let action, let assembled, _):
            guard let job = state.answering else { return }
            perform(job.run.machine.blockArrived(head, now: turn.now, random: &turn.random), of: job, &turn)
            guard head > action.expiry, case .signing = state else { return }
            expire(assembled, &turn)
            end(.actionExpired, &turn)
        case .pushed(let action, _):
            // The record continues, and is pushed; the window is over.
            if head > action.expiry { end(.actionExpired, &turn) }
        case .halted: break
        }
    }

    /// Stops signing for an action whose remaining accepts no longer suffice.
    mutating func agreementLost(_ digest: ProposalDigest, _ turn: inout NodeTurn<some SecureRandom>) {
        guard state.action?.digest == digest else { return }
        switch state {
        case .assembling: end(.equivocation, &turn)
        case .signing:
            guard let job = state.answering else { return }
            perform(job.run.machine.agreementLost(), of: job, &turn)
        case .pushed, .idle, .halted: break
        }
    }

    /// Finishes an action with all inputs signed: puts the signatures in, checks and stores the transaction, and only
    /// then broadcasts it.
    mutating func complete(
        _ signatures: [SchnorrSignature], of job: FinishedJob, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard let assembled = job.unsigned else { return }
        let id = ActionRecord.ID(wallet: wallet, unsigned: assembled.unsignedID)
        guard let record = records[id], record.signedBytes == nil else { return }
        do throws(CompletionFailure) {
            let (transaction, bytes) = try assembled.completed(by: signatures, schnorr: configuration.arithmetic)
            move(id, to: .signed(bytes), &turn)
            guard let transaction else {
                move(id, to: .done(bytes), &turn)
                return end(.executed, &turn)
            }
            if case .signing(let action, _, let run) = state { state = .pushed(action, answering: run) }
            turn.effects.append(.publish(transaction))
        } catch {
            expire(assembled, &turn)
            end(.actionFailed(ActionFailure.txScript.id), &turn)
        }
    }

    /// Gives the action its final outcome. The dispatcher is then free, and the action's signers still answer.
    mutating func end(_ outcome: Outcome, _ turn: inout NodeTurn<some SecureRandom>) {
        guard let action = state.action else { return }
        let job = state.answering
        if let job, !job.run.isReported { report(job.run.machine.report, of: job, &turn) }
        state = .idle(answering: job)
        evaluations[.assemble(window: action.window.start)] = nil
        turn.effects.append(.record(.ended(key(action.window.start), outcome)))
    }

    /// Ends a record that was not signed in time.
    mutating func expire(_ assembled: AssembledAction, _ turn: inout NodeTurn<some SecureRandom>) {
        let id = ActionRecord.ID(wallet: wallet, unsigned: assembled.unsignedID)
        guard let record = records[id] else { return }
        move(id, to: .expired(released: record.state == .releasing), &turn)
    }

    /// Takes a record to its next step, if that step exists.
    mutating func move(
        _ id: ActionRecord.ID, to state: ActionRecord.State, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard let moved = records[id]?.moved(to: state) else { return }
        records[id] = moved.isHeld ? moved : nil
        turn.effects.append(.record(.record(moved)))
    }

    // MARK: - Tracking

    /// Follows every record that is not over, once a block: transactions that we signed, and those that others may have
    /// completed or overtaken.
    mutating func track(_ turn: inout NodeTurn<some SecureRandom>) {
        for id in records.keys {
            let purpose = EvaluationKey.Purpose.track(id)
            guard evaluations[purpose]?.isReading != true else { continue }
            evaluations[purpose] = Evaluation()
            track(id, &turn)
        }
    }

    mutating func track(_ id: ActionRecord.ID, _ turn: inout NodeTurn<some SecureRandom>) {
        let purpose = EvaluationKey.Purpose.track(id)
        guard let record = records[id], let head = turn.node.chain.head else {
            evaluations[purpose] = nil
            return
        }
        let index = WindowIndex(record.coordinationBlock.rawValue / configuration.profiles.frequency)
        let profile = configuration.profiles.profile(of: index)
        let schnorr = configuration.arithmetic
        let step: RecordTracking.Step
        do throws(RuleStop) {
            step = try rules(purpose) { facts throws(RuleStop) in
                try RecordTracking.next(record, profile: profile, head: head, facts: &facts, schnorr: schnorr)
            }
        } catch {
            if case .pending = error { return ask(purpose, &turn) }
            // The sources cannot answer now; the next block asks again.
            evaluations[purpose] = nil
            return
        }
        evaluations[purpose] = nil
        switch step {
        case .stay: break
        case .push(let transaction): turn.effects.append(.publish(transaction))
        case .move(let state): moved(record, to: state, &turn)
        }
    }

    /// Takes a record to its next step, as seen on the chain.
    private mutating func moved(
        _ record: ActionRecord, to next: ActionRecord.State, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let wasSettled = if case .settled = record.state { true } else { false }
        move(record.id, to: next, &turn)
        let isOfAction = state.action?.window.start == record.coordinationBlock
        switch next {
        case .seen, .mined:
            if isOfAction { end(.executed, &turn) }
            if wasSettled { halt(.bitcoinReorgDeep, &turn) }
        case .signed: if wasSettled { halt(.bitcoinReorgDeep, &turn) }
        case .conflicted:
            if isOfAction { end(.actionFailed(ActionFailure.recordConflicted.id), &turn) }
            // A signature made now could never be defended, because its transaction cannot confirm any more.
            if case .idle(let job?) = state, job.action.window.start == record.coordinationBlock {
                state = .idle(answering: nil)
            }
        case .prepared, .releasing, .settled, .proven, .done, .expired: break
        }
        // Another signed transaction of ours has come to light: no further share is given for one that spends the same
        // output, and none is completed (A3).
        if let job = state.answering, isLocked(job, turn) { giveWay(&turn) }
    }
}

extension ActionRecord {
    /// Whether the node still needs the record. Either something can still happen to it, or another window may agree on
    /// the same transaction and continue from its steps. A message's record never comes again.
    var isHeld: Bool {
        if case .expired = state, case .transaction = subject { return true }
        if case .expired = state { return false }
        return !isOver
    }
}
